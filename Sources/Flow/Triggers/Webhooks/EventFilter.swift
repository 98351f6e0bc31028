internal import Bytes

/// The events that an endpoint takes: words such as `push`, `pull_request.opened` or `issues.*`, where `*` stands for any characters.
struct EventFilter: Sendable {
    private let words: Set<String>
    private let patterns: [[UInt8]]
    /// Whether the event's action can decide, so that it has to be read from the body.
    let readsAction: Bool

    /// Nil for no words at all: everything is taken.
    init?(_ texts: [String]) {
        guard !texts.isEmpty else { return nil }
        var words: Set<String> = []
        var patterns: [[UInt8]] = []
        for text in texts {
            if text.utf8.contains(Self.star) { patterns.append(Array(text.utf8)) } else { words.insert(text) }
            // `issues.*` is what happens to issues, whether the sender says what that is or not.
            if text.hasSuffix(".*") { words.insert(String(text.dropLast(2))) }
        }
        self.words = words
        self.patterns = patterns
        readsAction = texts.contains { $0.utf8.contains(ASCII.period) || $0.utf8.contains(Self.star) }
    }

    /// - Parameter word: the event, or `type.action`; empty when the message names none.
    func takes(_ word: String) -> Bool {
        if words.contains(word) { return true }
        return patterns.contains { pattern in withBytes(of: word) { Self.matches($0, pattern) } }
    }

    private static let star = UInt8(ascii: "*")

    /// Goes back to the last star only, so that the time is bounded by the product of both lengths.
    private static func matches(_ text: UnsafeRawBufferPointer, _ pattern: [UInt8]) -> Bool {
        var (position, step) = (0, 0)
        var retry: (position: Int, step: Int)?
        while position < text.count {
            if step < pattern.count, pattern[step] == star {
                retry = (position, step)
                step += 1
            } else if step < pattern.count, pattern[step] == text[position] {
                position += 1
                step += 1
            } else if let last = retry {
                position = last.position + 1
                step = last.step + 1
                retry = (position, last.step)
            } else {
                return false
            }
        }
        return pattern[step...].allSatisfy { $0 == star }
    }
}
