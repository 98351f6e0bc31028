internal import Model
internal import TimeZones

/// The times in which a rule sends nothing.
struct QuietHours: Sendable {
    private let blackouts: [Blackout]
    private let zone: Zone

    /// A week, in seconds. Nothing is held back for longer, so that a rule whose every minute is quiet is not silent for ever.
    static let longest: Int64 = 604_800

    /// Nil where there are none.
    /// - Throws: `RuleProblem` for a text that is no blackout, or a zone that the system does not have.
    init?(_ rule: AlertRule) throws(RuleProblem) {
        guard !rule.quietHours.isEmpty else { return nil }
        do throws(Blackout.Flaw) {
            blackouts = try rule.quietHours.map { text throws(Blackout.Flaw) in try Blackout(text) }
        } catch {
            throw RuleProblem("its quiet hours cannot be read: \(error.message)")
        }
        do throws(ZoneError) {
            zone = try rule.timezone.map { name throws(ZoneError) in try ZoneDirectory.system.zone(named: name) } ?? .utc
        } catch {
            throw RuleProblem("its time zone cannot be used: \(error)")
        }
    }

    /// When the quiet time ends in which an instant lies (both in microseconds since 1970 UTC); nil outside of one.
    func end(at instant: Int64) -> Int64? {
        let start = Int64(floorDivide(Int(instant), 1_000_000))
        guard blackouts.cover(start, in: zone) else { return nil }
        var minute = start - Int64((Int(start) % 60 + 60) % 60) + 60
        while minute < start + Self.longest, blackouts.cover(minute, in: zone) { minute += 60 }
        return minute * 1_000_000
    }
}

/// Why a rule cannot serve, in words for the operator.
package struct RuleProblem: Error, Sendable, Equatable {
    package let message: String

    init(_ message: String) { self.message = message }
}
