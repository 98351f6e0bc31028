/// A time zone: its offset from UTC at every instant, past and future.
///
/// The changes of 400 years beyond the file's last one are laid out when the zone is made. The Gregorian calendar repeats after that,
/// weekdays included, so any later instant is answered from that table.
package final class Zone: Sendable {
    package let identifier: String

    /// A stretch of time with one offset.
    package struct Segment: Sendable, Equatable {
        /// The first instant, in seconds since 1970; very small for the first segment.
        package var start: Int64
        /// The first instant after it; very large if it never ends.
        package var end: Int64
        /// Seconds east of UTC.
        package var offset: Int
        /// The furthest that the local clock had got before `start` (exclusive, local seconds): beyond `start + offset` after a fold,
        /// short of it after a gap.
        package var highWater: Int64
    }

    /// What a reading of the local clock stands for.
    package enum LocalTime: Sendable, Equatable {
        case unambiguous(Int64)
        /// The clock was moved past it; the first instant after the gap.
        case gap(end: Int64)
        /// It occurs twice: the clock was moved back.
        case fold(first: Int64, second: Int64)
    }

    /// Before and after everything that is asked about.
    package static let distantPast: Int64 = -(1 << 60)
    package static let distantFuture: Int64 = 1 << 60

    private let segments: [Segment]
    /// Where the repeating part of the table begins, if the zone's rule goes on for ever.
    private let repeatsFrom: Int64?
    private static let cycle: Int64 = 146_097 * 86_400
    private static let year1900: Int64 = -2_208_988_800

    /// UTC, which needs no file.
    package static let utc = Zone(identifier: "UTC", fixedOffset: 0)

    package convenience init(identifier: String, fixedOffset: Int) {
        self.init(identifier: identifier, initialOffset: fixedOffset, changes: [], repeatsFrom: nil)
    }

    /// From the contents of a TZif file.
    /// - Throws: ``ZoneError`` if they are damaged.
    package convenience init(identifier: String, tzif bytes: [UInt8]) throws(ZoneError) {
        do {
            self.init(identifier: identifier, file: try TZif(bytes))
        } catch {
            throw ZoneError(identifier: identifier, flaw: error)
        }
    }

    convenience init(identifier: String, file: TZif) {
        var changes = zip(file.transitions, file.offsets).map { (at: $0, offset: $1) }
        guard let rule = file.rule else {
            self.init(identifier: identifier, initialOffset: file.initialOffset, changes: changes, repeatsFrom: nil)
            return
        }
        let initial = file.lastTransition == nil ? rule.standard : file.initialOffset
        // A file without transitions leaves every instant to its rule; from 1900 on is as far back as we take that.
        let begin = max(file.lastTransition ?? Zone.year1900, Zone.year1900)
        let firstYear = CivilDate(days: floorDivide(Int(begin), 86_400)).year
        guard rule.saving != nil, firstYear <= 9999 else {
            self.init(identifier: identifier, initialOffset: initial, changes: changes, repeatsFrom: nil)
            return
        }
        for year in (firstYear - 1)...(firstYear + 403) {
            changes += rule.changes(in: year).filter { $0.at > file.lastTransition ?? Int64.min }
        }
        // Two years in, so that the repeating part and the change just before it come from the rule.
        let start = Int64(CivilDate(year: firstYear + 2, month: 1, day: 1).days) * 86_400
        self.init(identifier: identifier, initialOffset: initial, changes: changes, repeatsFrom: start)
    }

    private init(identifier: String, initialOffset: Int, changes: [(at: Int64, offset: Int)], repeatsFrom: Int64?) {
        self.identifier = identifier
        var repeatsFrom = repeatsFrom
        var all = [Segment(start: Zone.distantPast, end: Zone.distantFuture, offset: initialOffset, highWater: Zone.distantPast)]
        all.reserveCapacity(changes.count + 1)
        // Changes of the rule at one instant (saving all year round) cancel each other; a stable order lets the later one win.
        for change in changes.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }).map(\.element) {
            Zone.append(change, to: &all)
        }
        if let start = repeatsFrom, let constant = all.firstIndex(where: { $0.start <= start && $0.end >= start + Zone.cycle }) {
            // Saving time all year round: what is left at the table's end is not a change.
            all.removeSubrange((constant + 1)...)
            all[constant].end = Zone.distantFuture
            repeatsFrom = nil
        }
        self.repeatsFrom = repeatsFrom
        var highWater = Zone.distantPast
        for index in all.indices {
            all[index].highWater = highWater
            highWater = max(highWater, all[index].end + Int64(all[index].offset))
        }
        segments = all
    }

    private static func append(_ change: (at: Int64, offset: Int), to all: inout [Segment]) {
        if all[all.count - 1].start == change.at, all.count > 1 { all.removeLast() }
        let last = all.count - 1
        all[last].end = distantFuture
        guard all[last].offset != change.offset else { return }
        all[last].end = change.at
        all.append(Segment(start: change.at, end: distantFuture, offset: change.offset, highWater: distantPast))
    }

    /// Whether the zone is at offset zero, always.
    package var isUTC: Bool { segments.count == 1 && segments[0].offset == 0 }

    /// The stretch with one offset that holds the instant (seconds since 1970).
    package func segment(at instant: Int64) -> Segment {
        let instant = min(max(instant, Zone.distantPast), Zone.distantFuture - 1)
        guard let start = repeatsFrom, instant >= start + Zone.cycle else { return segments[index(of: instant)] }
        let shift = (instant - start) / Zone.cycle * Zone.cycle
        var found = segments[index(of: instant - shift)]
        // The table begins before its repeating part and goes on after it, so both ends are right here; the shift moves them.
        found.start += shift
        found.end += found.end == Zone.distantFuture ? 0 : shift
        found.highWater += shift
        return found
    }

    private func index(of instant: Int64) -> Int {
        var low = 0
        var high = segments.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if segments[middle].start <= instant { low = middle } else { high = middle }
        }
        return low
    }

    /// Seconds east of UTC at an instant (seconds since 1970).
    package func utcOffset(at instant: Int64) -> Int { segment(at: instant).offset }

    /// The first change of the offset that is later than the instant; nil if there is none any more.
    package func nextTransition(after instant: Int64) -> Int64? {
        let end = segment(at: instant).end
        return end == Zone.distantFuture ? nil : end
    }

    /// The last change of the offset at or before the instant; nil if there was none.
    package func previousTransition(atOrBefore instant: Int64) -> Int64? {
        let start = segment(at: instant).start
        return start == Zone.distantPast ? nil : start
    }

    /// What a reading of the local clock, in seconds as if it were UTC, stands for.
    package func instants(ofLocal local: Int64) -> LocalTime {
        let local = min(max(local, Zone.distantPast + 200_000), Zone.distantFuture - 200_000)
        // Offsets are less than 26 hours, so everything that can show this time is within them.
        var segment = segment(at: local - 93_600)
        var first: Int64?
        var gapEnd: Int64?
        while segment.start <= local + 93_600 {
            let instant = local - Int64(segment.offset)
            if instant < segment.start, gapEnd == nil, local >= segment.highWater { gapEnd = segment.start }
            if instant >= segment.start, instant < segment.end {
                if let first { return .fold(first: first, second: instant) }
                first = instant
            }
            guard segment.end < Zone.distantFuture else { break }
            segment = self.segment(at: segment.end)
        }
        if let first { return .unambiguous(first) }
        return .gap(end: gapEnd ?? local)
    }
}
