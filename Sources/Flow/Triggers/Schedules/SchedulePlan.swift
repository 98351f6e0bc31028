package import Cron
package import TimeZones

/// Which schedules fire when: pure bookkeeping over a clock that the caller reads. Times are seconds since 1970 UTC.
package struct SchedulePlan: Sendable {
    package struct Entry: Sendable {
        package let endpoint: Int64
        /// The expression and its zone, as one text: another text is another schedule.
        package let identity: String
        let expression: CronExpression
        let zone: Zone
        /// The last fire time that was handled.
        var highWater: Int64
        var next: Int64?

        package init(endpoint: Int64, expression: CronExpression, zone: Zone, highWater: Int64) {
            self.endpoint = endpoint
            self.identity = Self.identity(expression, zone)
            self.expression = expression
            self.zone = zone
            self.highWater = highWater
            next = expression.next(after: highWater, in: zone)
        }

        package static func identity(_ expression: CronExpression, _ zone: Zone) -> String { "\(expression.source) \(zone.identifier)" }
    }

    package struct Fire: Sendable, Equatable {
        package let endpoint: Int64
        package let time: Int64
        /// Fire times before this one that passed unserved.
        package let missed: Int
        /// The fire itself is too late to be served.
        package let isMissed: Bool
    }

    /// A fire that is noticed later than this was missed (the machine slept, the clock was set forward, the disk was full).
    package static let lateness: Int64 = 30
    /// Counting what was missed stops here.
    static let countLimit = 10_000

    package private(set) var entries: [Int64: Entry] = [:]

    package init() {}

    package mutating func set(_ entry: Entry) { entries[entry.endpoint] = entry }
    package mutating func remove(_ endpoint: Int64) { entries[endpoint] = nil }

    /// When the next one fires.
    package var next: Int64? { entries.values.compactMap(\.next).min() }

    /// The fires up to `now`, each schedule's latest one and how many lie before it. A fire time is handed out once: what is returned is
    /// behind the high-water mark afterwards, also when the clock goes back.
    package mutating func due(now: Int64) -> [Fire] {
        var fires: [Fire] = []
        for (endpoint, entry) in entries {
            guard let first = entry.next, first <= now else { continue }
            var latest = first
            var skipped = 0
            var instants = entry.expression.instants(after: first, in: entry.zone)
            var upcoming = instants.next()
            while let instant = upcoming, instant <= now, skipped < Self.countLimit {
                latest = instant
                skipped += 1
                upcoming = instants.next()
            }
            let isCutShort = upcoming.map { $0 <= now } ?? false
            if isCutShort {
                // Further back than anybody counts: all of it was missed, and `now` itself need not be a fire time.
                latest = now
                upcoming = entry.expression.next(after: now, in: entry.zone)
            }
            entries[endpoint]?.highWater = latest
            entries[endpoint]?.next = upcoming
            fires.append(
                Fire(endpoint: endpoint, time: latest, missed: skipped, isMissed: isCutShort || now - latest > Self.lateness))
        }
        return fires.sorted { ($0.time, $0.endpoint) < ($1.time, $1.endpoint) }
    }
}
