/// Why there is no such time zone.
package struct ZoneError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was asked for.
    package var identifier: String
    /// What is wrong with it, as a phrase that follows the identifier.
    package var reason: String
    /// Zones that may have been meant, the best first.
    package var suggestions: [String]

    package init(identifier: String, reason: String, suggestions: [String] = []) {
        self.identifier = identifier
        self.reason = reason
        self.suggestions = suggestions
    }

    init(identifier: String, flaw: TZif.Flaw) {
        let reason =
            switch flaw {
            case .notTZif: "is not a time zone: its file has another format"
            case .truncated: "has a damaged file: it ends too early"
            case .malformed(let what): "has a damaged file: \(what)"
            case .leapSeconds: "counts leap seconds, which no clock here does"
            }
        self.init(identifier: identifier, reason: reason)
    }

    /// One line: `"Europe/Pariss" is not a time zone; did you mean Europe/Paris?`
    package var description: String {
        let quoted = "time zone \"\(printable(identifier))\" \(reason)"
        guard let last = suggestions.last else { return quoted }
        let others = suggestions.dropLast().joined(separator: ", ")
        return quoted + "; did you mean " + (others.isEmpty ? last : others + " or " + last) + "?"
    }

    /// Without control characters, and no longer than a name could be.
    private func printable(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(64) {
            shown.append(
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format ? "\u{FFFD}" : scalar)
        }
        return String(shown) + (text.unicodeScalars.count > 64 ? "..." : "")
    }
}

/// The names that resemble what was written, the nearest first.
func namesResembling(_ written: String, among names: [String], limit: Int = 3) -> [String] {
    let wanted = Array(written.lowercased().utf8.prefix(64))
    let city = Array(wanted.split(separator: UInt8(ascii: "/")).last ?? [])
    var ranked: [(distance: Int, name: String)] = []
    for name in names {
        let candidate = Array(name.lowercased().utf8)
        let candidateCity = Array(candidate.split(separator: UInt8(ascii: "/")).last ?? [])
        let whole = editDistance(wanted, candidate)
        if whole <= max(1, wanted.count / 5) { ranked.append((whole, name)) }
        // The city alone counts too: "Berlin" or "Europa/Berlin" for "Europe/Berlin".
        let part = editDistance(city, candidateCity)
        if city.count >= 4, part <= city.count / 5, part + 1 < whole { ranked.append((part + 1, name)) }
    }
    var seen: Set<String> = []
    let best = ranked.map(\.distance).min() ?? 0
    return ranked.filter { $0.distance <= best + 1 }.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        .filter { seen.insert($0.name).inserted }.prefix(limit).map(\.name)
}

/// Insertions, deletions and substitutions between two texts (Levenshtein).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let substitution = diagonal + (x == y ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
        }
    }
    return row[b.count]
}
