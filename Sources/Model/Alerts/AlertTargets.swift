/// Where a rule or a step of it tells, as it is written: `channel` with `destination`, a named `channel`, and `channels`.
struct WrittenTargets {
    struct Place {
        let target: AlertTarget
        /// From the mapping that holds the keys to the name or the destination.
        let path: [SettingStep]
    }

    private(set) var places: [Place] = []
    private(set) var problems: [SettingProblem] = []

    static let keys = ["channel", "destination", "channels"]
    private static let limit = 20

    init(_ value: SettingValue) {
        readPair(value)
        switch value["channels"] ?? .null {
        case .null: break
        case .list(let items):
            for (index, item) in items.enumerated() { readItem(item, at: [.key("channels"), .index(index)]) }
        case let item: readItem(item, at: [.key("channels")])
        }
        if places.count > Self.limit {
            problems.append(SettingProblem("at most \(Self.limit) channels, not \(places.count)", at: [.key("channels")]))
        }
    }

    var targets: [AlertTarget] { places.map(\.target) }

    private mutating func readPair(_ value: SettingValue, at path: [SettingStep] = []) {
        switch (value["channel"] ?? .null, value["destination"] ?? .null) {
        case (.null, .null): break
        case (.null, _):
            problems.append(
                SettingProblem(
                    "a 'destination' needs a 'channel' that says what it is", at: path + [.key("destination")], atKey: true,
                    hint: "add channel: slack, or one of \(Self.kinds.joined(separator: ", "))"))
        case (.string(let name), .null):
            if path.isEmpty {
                add(.channel(name), at: [.key("channel")])
            } else {
                problems.append(SettingProblem("this needs a 'destination'; a named channel is written by its name alone", at: path))
            }
        case (.string(let word), let destination):
            guard let kind = ChannelKind(rawValue: word) else {
                // The two may have been swapped, and the destination is not to be repeated.
                let shown: SettingValue = channelNameProblem(word) == nil ? .string(word) : .string("********")
                problems.append(notAWord(shown, Self.kinds).within(.key("channel")).within(path))
                return
            }
            guard case .string(let text) = destination else {
                problems.append(
                    SettingProblem(
                        "this must be a text", at: path + [.key("destination")], hint: "write $NAME, or put what is meant in quotes"))
                return
            }
            add(.direct(kind, destination: text), at: path + [.key("destination")])
        case (let other, _): problems.append(EndpointField.expected("a text", other).within(.key("channel")).within(path))
        }
    }

    private mutating func readItem(_ item: SettingValue, at path: [SettingStep]) {
        switch item {
        case .string(let name): add(.channel(name), at: path)
        case .map(let entries):
            for entry in entries where entry.key != "channel" && entry.key != "destination" {
                problems.append(
                    SettingProblem(
                        "unknown field '\(entry.key)' of a destination", at: path + [.key(entry.key)], atKey: true,
                        hint: "it has channel, destination"))
            }
            if (item["channel"] ?? .null) == .null, (item["destination"] ?? .null) == .null {
                problems.append(SettingProblem("this needs 'channel', which is its kind, and 'destination'", at: path))
            }
            readPair(item, at: path)
        default: problems.append(EndpointField.expected("the name of a channel", item).within(path))
        }
    }

    private mutating func add(_ target: AlertTarget, at path: [SettingStep]) {
        switch target {
        case .channel(let name):
            guard channelNameProblem(name) == nil else {
                problems.append(
                    SettingProblem(
                        "expected the name of a channel", at: path, hint: "a URL or an address is a 'destination', with 'channel' for its kind"))
                return
            }
        case .direct(let kind, let destination):
            if let flaw = destinationFlaw(kind, destination) { problems.append(flaw.within(path)) }
        }
        if places.contains(where: { $0.target == target }) { problems.append(SettingProblem("this is listed twice", at: path)) }
        places.append(Place(target: target, path: path))
    }

    private static let kinds = ChannelKind.allCases.map(\.rawValue)
}

extension SettingProblem {
    fileprivate func within(_ path: [SettingStep]) -> SettingProblem { path.reversed().reduce(self) { $0.within($1) } }
}

/// Why a destination that stands in the open is none of its kind; a reference is looked at once it is known what it stands for. The text is
/// not repeated: it may be a secret.
/// - Returns: a problem at the text itself.
func destinationFlaw(_ kind: ChannelKind, _ text: String) -> SettingProblem? {
    switch SecretReference(text) {
    case .environment, .managed: nil
    case .malformed: malformedReference(at: [])
    case .literal(let literal): kind.destinationProblem(literal).map { SettingProblem($0) }
    }
}

extension ChannelKind {
    /// Why `value`, with references resolved, is no destination of this kind. PagerDuty's is the routing key of a service.
    package func destinationProblem(_ value: String) -> String? {
        switch self {
        case .email: mailAddressProblem(value)
        case .pagerduty: routingKeyProblem(value)
        case .webhook, .slack, .discord, .teams, .ntfy: httpURLProblem(value)
        }
    }
}

/// An integration's key of the Events API v2 has 32 letters and digits.
func routingKeyProblem(_ value: String) -> String? {
    value.utf8.count == 32 && value.utf8.allSatisfy(isAlphanumeric)
        ? nil : "expected a routing key of PagerDuty's Events API v2: 32 letters and digits"
}

/// The entries that `WrittenTargets` reads as these.
func encodeTargets(_ targets: [AlertTarget], destination shown: (String) -> String) -> [SettingValue.Entry] {
    func pair(_ kind: ChannelKind, _ destination: String) -> [SettingValue.Entry] {
        [.init("channel", .string(kind.rawValue)), .init("destination", .string(shown(destination)))]
    }
    var entries: [SettingValue.Entry] = []
    var rest = targets[...]
    if case .direct(let kind, let destination)? = rest.first {
        entries = pair(kind, destination)
        rest = rest.dropFirst()
    }
    let items: [SettingValue] = rest.map { target in
        switch target {
        case .channel(let name): .string(name)
        case .direct(let kind, let destination): .map(pair(kind, destination))
        }
    }
    return items.isEmpty ? entries : entries + [.init("channels", .list(items))]
}

/// A destination as people may see it: references, addresses, and of a URL its host; the rest of a hook's URL is as good as a password.
package func shownDestination(_ text: String) -> String {
    guard case .literal(let literal) = SecretReference(text) else { return SecretReference(text) == .malformed ? "********" : text }
    if mailAddressProblem(literal) == nil { return literal }
    guard httpURLProblem(literal) == nil, let scheme = literal.firstIndex(of: ":") else { return "********" }
    let rest = literal[scheme...].dropFirst(3)
    let authority = rest.prefix { !"/?#".contains($0) }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return "\(literal[..<scheme])://\(host)\(authority.endIndex == rest.endIndex && host.startIndex == authority.startIndex ? "" : "/********")"
}
