internal import Diagnostics

extension AlertRule {
    /// Whether the rule is about this endpoint.
    package func covers(endpoint name: String) -> Bool { endpoint.map { matchesGlob(name, $0) } ?? true }
}

/// Whether `pattern` describes all of `name`: `*` stands for any bytes, also none, `?` for one.
///
/// Goes back only to the last star, which is enough for a pattern without alternatives: at most `name` times `pattern` steps.
package func matchesGlob(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
    var (position, place) = (0, 0)
    var star: (place: Int, position: Int)?
    while position < name.count {
        if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
            star = (place, position)
            place += 1
        } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == name[position] {
            place += 1
            position += 1
        } else if let last = star {
            star = (last.place, last.position + 1)
            (place, position) = (last.place + 1, last.position + 1)
        } else {
            return false
        }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// Why `text` is neither an endpoint's name nor a pattern of names.
package func globProblem(_ text: String) -> SettingProblem? {
    let isPattern =
        1...128 ~= text.utf8.count
        && text.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || "-_*?".utf8.contains(byte)
        }
    return isPattern
        ? nil : SettingProblem("expected an endpoint's name, or a pattern of names such as deploy-* (a-z, 0-9, '-', '_', '*', '?')")
}

/// That a name or a pattern under the key `what` (`endpoint`, `rule`) fits none of the names that there are.
package func fitsNone(_ what: String, _ pattern: String, of names: [String]) -> SettingProblem {
    let isGlob = pattern.contains { $0 == "*" || $0 == "?" }
    let near = isGlob ? nil : closestMatch(pattern, in: names).map { "did you mean '\($0)'?" }
    return SettingProblem(
        isGlob ? "no \(what)'s name fits '\(pattern)'" : "there is no \(what) '\(pattern)'", at: [.key(what)], severity: .warning, hint: near)
}
