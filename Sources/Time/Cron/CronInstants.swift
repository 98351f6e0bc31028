package import TimeZones

/// The instants at which a schedule fires in a zone, one after the other; made by ``CronExpression/instants(after:in:)``.
///
/// Nothing is allocated for an answer. The set of instants has two definitions:
/// - interval: every instant at which the zone's clock shows a matching time;
/// - fixed-time: for every matching time, the first instant at which the clock has reached it. Skipped times are so
///   served when the clock jumps past them, and repeated ones at their first occurrence.
package struct CronInstants: Sendable, Sequence, IteratorProtocol {
    private let clock: CronClock
    private let zone: Zone
    /// The last answer, or where to begin.
    private var last: Int64
    private var segment: Zone.Segment

    /// Where the search ends that has found nothing: 50 years, or the last second that RFC 3339 can write.
    private static let horizon: Int64 = 18_263 * 86_400
    private static let endOf9999: Int64 = 253_402_300_799
    private static let startOf0000: Int64 = -62_167_219_200

    package init(clock: CronClock, zone: Zone, after: Int64) {
        self.clock = clock
        self.zone = zone
        last = Swift.min(Swift.max(after, CronInstants.startOf0000 - 200_000), CronInstants.endOf9999 + 200_000)
        segment = zone.segment(at: last + 1)
    }

    /// The next instant in seconds since 1970; nil if nothing matches within the 50 years after the one before.
    package mutating func next() -> Int64? {
        guard let found = search() else { return nil }
        last = found
        return found
    }

    private mutating func search() -> Int64? {
        var earliest = last + 1
        let limit = last + CronInstants.horizon
        // The search looks at local times, which are less than 26 hours off.
        let localLimit = Swift.min(limit + 93_600, CronInstants.endOf9999)
        if earliest >= segment.end { segment = zone.segment(at: earliest) }
        var known: Int64?
        while earliest <= limit {
            let threshold = self.threshold(at: earliest)
            // What was found in an earlier segment is still the next match, unless the clock has been moved past it.
            if let match = known, match < threshold { known = nil }
            guard let match = known ?? clock.next(onOrAfter: threshold, through: localLimit) else { return nil }
            let instant = Swift.max(earliest, match - Int64(segment.offset))
            if instant < segment.end { return instant <= limit ? instant : nil }
            earliest = segment.end
            segment = zone.segment(at: earliest)
            // A clock that is set back may go to before what has been searched.
            known = self.threshold(at: earliest) >= threshold ? match : nil
        }
        return nil
    }

    /// The first local time that can still be served at `earliest` or later in the segment.
    private func threshold(at earliest: Int64) -> Int64 {
        let shown = earliest + Int64(segment.offset)
        guard clock.isFixedTime else { return shown }
        // At the segment's first instant everything counts that the clock has just been moved past.
        return earliest == segment.start ? segment.highWater : Swift.max(shown, segment.highWater)
    }
}
