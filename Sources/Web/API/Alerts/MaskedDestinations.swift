internal import Model

/// Puts destinations back that come in the form in which they were shown, so that a rule may be read, changed and sent back without its
/// secrets having been seen.
struct MaskedDestinations {
    private let known: [(kind: ChannelKind, destination: String)]
    /// How often each shown form is there, and how often it was put back; by kind and form.
    private let given: [String: Int]
    private var used: [String: Int] = [:]
    private(set) var problems: [SettingProblem] = []

    /// The same body with every shown destination replaced by the one of `rule` that looks so.
    static func resolve(_ body: SettingValue, of rule: AlertRule) -> (body: SettingValue, problems: [SettingProblem]) {
        guard case .map(let entries) = body else { return (body, []) }
        // What a rule tells and what its steps tell is said anew apart from each other.
        var own = MaskedDestinations(rule.targets, in: .map(entries.filter { $0.key != "escalate" }))
        var steps = MaskedDestinations(rule.escalations.flatMap(\.targets), in: body["escalate"] ?? .null)
        let resolved = entries.map { entry in
            SettingValue.Entry(
                entry.key,
                entry.key == "escalate"
                    ? steps.resolve(entry.value, at: [.key("escalate")])
                    : own.member(entry, kind: kind(in: entries), at: []))
        }
        return (.map(resolved), own.problems + steps.problems)
    }

    private init(_ targets: [AlertTarget], in body: SettingValue) {
        known = targets.compactMap { target in
            if case .direct(let kind, let destination) = target { (kind, destination) } else { nil }
        }
        var given: [String: Int] = [:]
        Self.count(body, &given)
        self.given = given
    }

    /// What `shownDestination` leaves of a secret.
    private static func isMasked(_ text: String) -> Bool { text == "********" || text.hasSuffix("/********") }

    private static func kind(in entries: [SettingValue.Entry]) -> ChannelKind? {
        guard case .string(let word)? = entries.first(where: { $0.key == "channel" })?.value else { return nil }
        return ChannelKind(rawValue: word)
    }

    private static func count(_ value: SettingValue, _ counts: inout [String: Int]) {
        switch value {
        case .list(let items): for item in items { count(item, &counts) }
        case .map(let entries):
            for entry in entries {
                if entry.key == "destination", let kind = kind(in: entries), case .string(let text) = entry.value, isMasked(text) {
                    counts[kind.rawValue + " " + text, default: 0] += 1
                } else {
                    count(entry.value, &counts)
                }
            }
        default: break
        }
    }

    private mutating func resolve(_ value: SettingValue, at path: [SettingStep]) -> SettingValue {
        switch value {
        case .list(let items):
            var resolved: [SettingValue] = []
            for (index, item) in items.enumerated() { resolved.append(resolve(item, at: path + [.index(index)])) }
            return .list(resolved)
        case .map(let entries):
            var resolved: [SettingValue.Entry] = []
            for entry in entries { resolved.append(.init(entry.key, member(entry, kind: Self.kind(in: entries), at: path))) }
            return .map(resolved)
        default: return value
        }
    }

    private mutating func member(_ entry: SettingValue.Entry, kind: ChannelKind?, at path: [SettingStep]) -> SettingValue {
        let path = path + [.key(entry.key)]
        guard entry.key == "destination" else { return entry.key == "channels" ? resolve(entry.value, at: path) : entry.value }
        guard let kind, case .string(let shown) = entry.value, Self.isMasked(shown) else { return entry.value }
        let key = kind.rawValue + " " + shown
        let alike = known.filter { $0.kind == kind && shownDestination($0.destination) == shown }
        // Which of them is meant is known from their order, if none is missing.
        guard alike.count <= 1 || alike.count == given[key] else {
            problems.append(SettingProblem("several destinations of this rule look so; write them in full, or send all of them back", at: path))
            return entry.value
        }
        let place = used[key, default: 0]
        guard alike.indices.contains(place) else {
            problems.append(SettingProblem("this is how a secret destination is shown, and the rule has none that looks so", at: path))
            return entry.value
        }
        used[key] = place + 1
        return .string(alike[place].destination)
    }
}
