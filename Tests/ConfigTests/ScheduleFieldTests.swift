import Config
import Model
import Testing

/// The fields of a schedule in the configuration: what is wrong with a value, and where.
@Suite struct ScheduleFieldTests {
    private func findings(_ lines: [String]) -> [String] {
        let text = "version: 1\nendpoints:\n  - name: job\n    command: \"true\"\n" + lines.map { "    \($0)\n" }.joined()
        let loaded = readConfig(Array(text.utf8), path: "wrapd.yaml", directory: "/nowhere")
        return loaded.diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0) \($0.severity.rawValue) \($0.message)" }
    }

    @Test(arguments: [
        ("every: 0", "5:12 error expected a duration from 1s to 365d"), ("every: fast", "5:12 error expected a duration"),
        ("every: 366d", "5:12 error expected a duration"), ("every: [5]", "5:12 error expected a duration"),
        ("every: 5s30m", "5:12 error expected a duration"),
        ("schedule: 61 * * * *", "5:15 error minute: \"61\" is out of range"), ("schedule: 0 0 30 2 *", "5:15 error the schedule never fires"),
    ])
    func `a time that cannot be`(_ line: String, _ expected: String) {
        #expect(findings([line]).contains { $0.hasPrefix(expected) }, "\(findings([line]))")
    }

    @Test(arguments: [
        ("catch_up: maybe", "6:15 error expected one of none, last, all, ask, not 'maybe'"),
        ("catch_up_window: 5", "6:22 error expected a duration from 1m to 365d"), ("catch_up_limit: 0", "6:21 error expected a whole number"),
        ("overlap: no", "6:14 error expected one of allow, skip, queue_one, cancel_running"), ("jitter: 2d", "6:13 error expected a duration"),
        ("start_at: tomorrow", "6:15 error expected an instant"), ("pause_after_failures: 0", "6:27 error expected a whole number of runs"),
        ("blackout: [2026-02-30]", "6:16 error '2026-02-30' is neither a date"), ("blackout: [2026-03-02..2026-03-01]", "6:16 error the range"),
        ("blackout: ['* * 1']", "6:16 error"), ("every: 5", "6:5 error 'every' and 'schedule' exclude each other"),
        ("timezone: Europe/Berln", "6:15 error"), ("catch_up_window: 2h", "6:5 warning 'catch_up_window' has no effect without 'catch_up'"),
        ("pending_policy: all", "6:5 warning 'pending_policy' has no effect without 'approval_required'"),
        ("blackout_action: ask", "6:5 warning 'blackout_action' has no effect without 'blackout'"),
    ])
    func `a policy that cannot be`(_ line: String, _ expected: String) {
        let found = findings(["schedule: 0 3 * * *", line])
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    /// These make approvals without a gate.
    @Test(arguments: [["catch_up: ask"], ["blackout: [2026-12-24]", "blackout_action: ask"]])
    func `what asks by itself has a use for pending_policy`(_ lines: [String]) {
        let found = findings(["schedule: 0 3 * * *", "pending_policy: all"] + lines)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func `a list of schedules`() {
        let found = findings([
            "args: [{name: who, required: true}]", "schedules:", "  - {name: a, every: 5, args: {who: x}}", "  - {name: a, every: 5, args: {who: x}}",
            "  - {name: b, every: 5}", "  - {every: 5, args: {who: x}}", "  - {name: c, args: {who: x}}", "  - {name: d, every: 5, args: {wo: x, who: y}}",
        ])
        for expected in [
            "8:9 error schedule 'a' is listed twice", "9:9 error argument 'who' is required", "10:9 error a schedule in a list needs a 'name'",
            "11:9 error a schedule needs 'schedule'", "12:36 error args names 'wo'",
        ] { #expect(found.contains { $0.hasPrefix(expected) }, "\(expected): \(found)") }
    }

    @Test(arguments: [("90", 90), ("90s", 90), ("1m30s", 90), ("2h", 7200), ("1d", 86_400), ("1w2d", 777_600)])
    func `durations`(_ text: String, _ seconds: Int) {
        #expect(durationSeconds(text) == seconds && durationSeconds(durationText(seconds)) == seconds)
    }

    @Test(arguments: ["", "s", "5x", "-5", "1s1m", "1m1m", "5m3", "99999999999999999999"])
    func `no durations`(_ text: String) { #expect(durationSeconds(text) == nil) }
}
