/// How a piece of text stands out on a terminal (SGR, ECMA-48 section 8.3.117).
package enum Style: String, Sendable {
    case plain = ""
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    package func apply(_ text: String, colours: Bool) -> String {
        colours && self != .plain ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The colour of a state of an approval or a run.
    package static func state(_ status: String) -> Style {
        switch status {
        case "pending", "queued", "running": .yellow
        case "approved", "succeeded": .green
        case "denied", "failed", "timed_out", "stale", "interrupted": .red
        default: .dim
        }
    }
}
