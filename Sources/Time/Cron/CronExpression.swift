package import TimeZones

/// A cron expression: when, on the local clock of a zone, something is due.
///
/// Five fields (minute, hour, day of month, month, day of week), six with seconds first, or a macro such as `@daily`.
/// The dialect is that of Vixie's cron as Debian has it, with the `L`, `W`, `#` and `?` of Quartz.
package struct CronExpression: Sendable {
    /// The text as it was given.
    package let source: String
    let fields: [CronFieldValue]
    package let clock: CronClock

    /// - Throws: ``CronError`` that names the field and the item at fault.
    package init(_ text: String) throws(CronError) {
        source = text
        fields = try CronParser(text).fields()
        clock = CronClock(fields)
    }

    /// Whether no date that exists can match (`30 2 * * *` in the day and month fields); decided without any search.
    package var neverFires: Bool { clock.neverFires }

    /// Whether every matching local time is served exactly once, also over a gap or a fold of the zone's clock: true for five fields
    /// with neither minute nor hour beginning with `*`. All others follow the clock as it runs.
    package var isFixedTime: Bool { clock.isFixedTime }

    /// The first instant strictly later than one; both in seconds since 1970. An instant with a fraction is passed rounded down.
    /// - Returns: nil if nothing matches within 50 years, or before the end of the year 9999.
    package func next(after instant: Int64, in zone: Zone) -> Int64? {
        var instants = instants(after: instant, in: zone)
        return instants.next()
    }

    /// The last instant strictly earlier than one, of the same set of instants that ``next(after:in:)`` walks.
    /// - Returns: nil if nothing matches within 50 years.
    package func previous(before instant: Int64, in zone: Zone) -> Int64? {
        // Windows that grow: a dense expression is found in the first, and a rare one has few instants in the last.
        for hours in [1, 26, 24 * 32, 24 * 400, 24 * 1900, 24 * 18_263] as [Int64] {
            var last: Int64?
            var upcoming = instants(after: instant - hours * 3600 - 1, in: zone)
            while let found = upcoming.next(), found < instant { last = found }
            if let last { return last }
        }
        return nil
    }

    /// The instants strictly later than one, ascending; each costs a fraction of a microsecond.
    package func instants(after instant: Int64, in zone: Zone) -> CronInstants {
        CronInstants(clock: clock, zone: zone, after: instant)
    }
}
