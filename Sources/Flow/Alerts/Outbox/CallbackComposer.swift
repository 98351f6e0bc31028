internal import Crypto
package import Model
package import Posix
package import Store

/// Writes what callers are told of the outcome of their calls.
package struct CallbackComposer: NotificationComposer {
    /// What the configuration says of an endpoint.
    package struct EndpointFacts: Sendable {
        package var isSensitive: Bool
        /// Where the operator has all its calls told.
        package var callbackURL: String?

        package init(isSensitive: Bool, callbackURL: String?) {
            self.isSensitive = isSensitive
            self.callbackURL = callbackURL
        }
    }

    private let store: Store
    private let keyring: Keyring
    private let clock: SystemClock
    private let facts: @Sendable (String) -> EndpointFacts?
    private let key: HMACKey

    /// - Parameter facts: of an endpoint, by its name; nil for one that is gone, whose output is then kept back.
    package init(store: Store, keyring: Keyring, clock: SystemClock, facts: @escaping @Sendable (String) -> EndpointFacts?) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.facts = facts
        key = HMACKey(keyring.callbackSecret)
    }

    package func destination(of row: NotificationRow) -> Composed<Destination> {
        guard row.kind == .callback else { return .later("nothing here writes notifications of the kind \(row.kind.rawValue)") }
        guard let url = row.destination else { return .impossible("the notification has no destination") }
        let operators = row.endpoint.flatMap { facts($0)?.callbackURL }
        return .ready(Destination(key: url, kind: nil, isCallers: url != operators))
    }

    package func compose(_ row: NotificationRow) -> Composed<OutgoingNotification> {
        guard let url = row.destination else { return .impossible("the notification has no destination") }
        do {
            guard let message = try CallbackMessage(row, store: store, keyring: keyring, isSensitive: { facts($0)?.isSensitive ?? true }) else {
                return .impossible("the call is not kept any more")
            }
            let headers = message.headers(key: key, at: clock.wall() / 1_000_000)
            return .ready(.http(OutgoingNotification.HTTPMessage(url: url, headers: headers, body: message.body)))
        } catch {
            return .later("the call cannot be read: \(error)")
        }
    }
}

/// Leaves callbacks to one composer and all other kinds to another.
package struct ComposerByKind: NotificationComposer {
    private let callbacks: any NotificationComposer
    private let others: any NotificationComposer

    package init(callbacks: any NotificationComposer, others: any NotificationComposer) {
        self.callbacks = callbacks
        self.others = others
    }

    private func composer(of row: NotificationRow) -> any NotificationComposer { row.kind == .callback ? callbacks : others }
    package func destination(of row: NotificationRow) -> Composed<Destination> { composer(of: row).destination(of: row) }
    package func compose(_ row: NotificationRow) -> Composed<OutgoingNotification> { composer(of: row).compose(row) }
}
