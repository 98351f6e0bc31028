internal import Crypto
internal import Cron
package import Model
package import TimeZones

/// One schedule of an endpoint, made ready: its expression and zone looked up, its blackouts read.
package struct CompiledSchedule: Sendable {
    package let settings: ScheduleSettings
    package let timing: ScheduleTiming
    package let zone: Zone
    package let blackouts: [Blackout]
    /// A hash of the endpoint's name and all that says when it fires.
    package let identity: UInt64

    /// - Throws: `Refusal` (422) for settings that cannot work; `field` names the part at fault.
    package init(_ settings: ScheduleSettings, endpoint: String) throws(Refusal) {
        func refuse(_ field: String, _ why: String) -> Refusal {
            Refusal(422, "invalid_endpoint", "\(field): \(why)", fields: [.init(field, why)])
        }
        do {
            zone = try settings.timezone.map { name throws(ZoneError) in try ZoneDirectory.system.zone(named: name) } ?? .utc
        } catch {
            throw refuse("timezone", "\(error)")
        }
        let start = settings.policy.startAt.flatMap { Timestamp(rfc3339: $0) }?.seconds
        let rhythm: ScheduleTiming.Rhythm
        if let every = settings.every {
            rhythm = .every(Int64(every), from: start ?? 0)
        } else {
            do {
                rhythm = .cron(try CronExpression(settings.expression ?? "").clock)
            } catch {
                throw refuse("schedule", "\(error)")
            }
        }
        do {
            blackouts = try settings.policy.blackouts.map { text throws(Blackout.Flaw) in try Blackout(text) }
        } catch {
            throw refuse("blackout", error.message)
        }
        identity = Self.identity([endpoint, settings.name, settings.timing, settings.timezone ?? "UTC"])
        timing = ScheduleTiming(rhythm, zone: zone, bounds: ScheduleBounds(settings.policy), seed: identity)
        self.settings = settings
    }

    static func identity(_ parts: [String]) -> UInt64 {
        let hash = sha256(parts.joined(separator: "\u{0}")).array
        return hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
