package import Model

/// What the outbox has done since the start, and does now.
package struct OutboxCounters: Sendable, Equatable {
    /// By the kind of channel; what has none counts as a webhook.
    package var sent: [ChannelKind: Int] = [:]
    /// Attempts that failed and are made again.
    package var retried: [ChannelKind: Int] = [:]
    package var dead: [ChannelKind: Int] = [:]
    package var inFlight = 0
    /// Destinations that failed so often that they are only probed.
    package var openBreakers = 0

    package init() {}
}
