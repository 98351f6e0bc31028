package import Model
package import Store

/// Schedules that were read together and are replaced together: those of the endpoints, or the lines of one crontab.
///
/// A source may have a million of them, so it hands out parts by index instead of objects.
package protocol ScheduleSource: Sendable {
    /// Stays the same when the source is read again.
    var key: String { get }
    var count: Int { get }
    func timing(_ index: Int) -> ScheduleTiming
    func policy(_ index: Int) -> SchedulePolicy
    func blackouts(_ index: Int) -> [Blackout]
    func reference(_ index: Int) -> ScheduleReference
    /// A hash of name, timing and zone: when one of them changes, it is another schedule, which counts from now on.
    func identity(_ index: Int) -> UInt64
    /// The settings that the gate looks at.
    func settings(_ index: Int) -> EndpointSettings
    /// What the gate's condition says of a fire.
    func finding(_ index: Int) -> ConditionFinding
    /// The call that a fire makes. `time` is the planned time in microseconds; nil for a run that somebody asked for.
    func freeze(_ index: Int, time: Int64?, by: String?, gate: GateVerdict, at now: Int64) throws(Refusal) -> AcceptCall
    /// For people: what it runs, with which arguments, and when.
    func summary(_ index: Int) -> ScheduleSummary
    /// The index of a schedule by its name.
    func index(endpoint: Int64, name: String) -> Int?
}

/// A schedule in words.
package struct ScheduleSummary: Sendable {
    package var endpoint: String
    package var name: String
    /// The expression, or `every 90s`.
    package var timing: String
    package var timezone: String
    package var command: String
    package var arguments: [String: String]
    package var policy: SchedulePolicy
    package var isGated: Bool
    /// Where it stands: `backup.crontab:12`; nil for an endpoint's.
    package var place: String?

    /// What the API and the command line call it: the endpoint's name, and behind a colon the schedule's own.
    package var id: String { name.isEmpty ? endpoint : "\(endpoint):\(name)" }
}
