internal import TimeZones

/// Which schedule: its endpoint's number and its name there.
package struct ScheduleReference: Sendable, Hashable {
    package let endpoint: Int64
    /// Empty for the endpoint's own.
    package let name: String

    package init(endpoint: Int64, name: String) {
        self.endpoint = endpoint
        self.name = name
    }
}

/// A fire of a schedule as the idempotency key of its call: `schedule@2026-11-23T02:00:00Z`, with `:NAME` behind it for a named one.
///
/// Callers' keys begin with `key:`, so that none of them can stand in a fire's place. Fires sort by their time whatever schedule they are
/// of, so that those of one second lie side by side in the index of keys.
package struct FireKey: Sendable, Hashable {
    package let schedule: String
    /// The planned time, microseconds since 1970.
    package let time: Int64

    package init(schedule: String, time: Int64) {
        self.schedule = schedule
        self.time = time
    }

    package var text: String { "schedule@" + fireTimeText(time) + (schedule.isEmpty ? "" : ":" + schedule) }

    /// Whether a key is a fire's; callers' keys begin otherwise.
    package static func isFire(_ key: String) -> Bool { key.hasPrefix("schedule") }

    /// The fire that a key stands for; nil for the key of a caller.
    package init?(_ text: String) {
        guard text.hasPrefix("schedule@"), let zone = text.firstIndex(of: "Z"),
            let time = Timestamp(rfc3339: String(text[...zone].dropFirst("schedule@".utf8.count)))
        else { return nil }
        let name = text[zone...].dropFirst()
        guard name.isEmpty || name.hasPrefix(":") else { return nil }
        self.init(schedule: String(name.dropFirst()), time: time.seconds * 1_000_000)
    }
}
