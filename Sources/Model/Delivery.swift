/// What became of a delivery that was not refused: its signature held, or it needed none.
package enum DeliveryVerdict: String, Sendable, CaseIterable {
    /// It made a call.
    case accepted
    /// The endpoint's rules leave it out.
    case ignored
}

/// What became of deliveries, counted.
package struct DeliveryTally: Sendable, Equatable {
    package var accepted = 0
    package var ignored = 0
    /// Came again under an id that is known.
    package var repeated = 0
    package var rejected = 0

    package init() {}

    package mutating func add(_ other: DeliveryTally) {
        accepted += other.accepted
        ignored += other.ignored
        repeated += other.repeated
        rejected += other.rejected
    }
}
