import Foundation
import JSON
import SQLite
import TestKit
import Testing
import TimeZones

/// The names of the endpoints are what they do about missed fires; the jobs of `lines.crontab` run all of them.
private let everyMinute: [String: String] = [
    "wrapd.yaml": """
    version: 1
    schedules_dir: .
    endpoints:
      - {name: none, command: "true", schedule: "* * * * *"}
      - {name: last, command: "true", schedule: "* * * * *", timezone: Europe/Berlin, catch_up: last}
      - {name: all, command: "true", schedule: "* * * * *", timezone: Australia/Lord_Howe, catch_up: all}
      - {name: ask, command: "true", schedule: "* * * * *", catch_up: ask, approval_timeout_mins: 10000, pending_policy: all}
    """,
    "lines.crontab": "SLUICE_CATCH_UP=all\nCRON_TZ=Europe/Berlin\n* * * * * true\n",
]
private let names = ["none", "last", "all", "ask", "lines"]

extension CrashTests {
    /// Through the night in which Berlin's clocks go back, so that an hour comes twice there.
    @Test func everyFireIsAccountedForOnceOverKillsAndClockSteps() throws {
        var random = SplitMix64(seed: crashSeed("kill -9 under a clock that is set"))
        for round in 1...crashRounds(short: 3) {
            let life = try ClockLife(from: "2026-10-24T23:30:20Z")
            try life.begin()
            while life.clock.now < life.start + 200 * 60 { try life.step(&random) }
            try life.settle("round \(round), after 200 minutes")
            life.checkPolicies()
            try life.goBackAndForth()
            try life.decide()
            print("a clock that is set: \(life.times.count) minutes in \(life.lives) lives")
        }
    }
}

private final class ClockLife {
    let server: CrashServer
    let clock: FakeClock
    let start: Int64
    private(set) var lives = 0

    init(from text: String) throws {
        start = try #require(Timestamp(rfc3339: text)).seconds
        clock = try FakeClock(at: start)
        server = try CrashServer(files: everyMinute)
    }

    /// All planned times since the start.
    var times: [Int64] { Array(stride(from: (start / 60 + 1) * 60, through: clock.now, by: 60)) }

    private func book() throws -> FireBook { try FireBook(database: server.database) }

    private func startServer() throws {
        lives += 1
        try server.start(environment: clock.environment)
    }

    /// Until the schedules are known: before that they begin with each start.
    func begin() throws {
        try startServer()
        try clock.set(to: start + 60)
        try wait("the first fires do not come") {
            let connection = try Connection(path: server.database, mode: .readOnly)
            return try book().missing(names, times) == 0
                && connection.prepare("SELECT count(*) FROM known_schedules").first { $0.integer(0) } == 2
        }
    }

    /// Some minutes go by, with a server that lives, that dies in the midst of it, or that is dead already.
    func step(_ random: inout SplitMix64) throws {
        let seconds = Int64(60 * (1 + random.below(20)) + random.below(60))
        let kind = random.below(4)
        if kind == 0 { server.kill() }
        try clock.set(to: clock.now + seconds)
        switch kind {
        case 0: break
        case 1: return try wait("fires are missing") { try book().missing(names, times) == 0 }
        default:
            TestPacer().pause(milliseconds: UInt32(random.below(kind == 2 ? 4 : 40)))
            server.kill()
        }
        try startServer()
    }

    /// All that was due is accounted for, and nothing but that, also when the server has ended in order.
    func settle(_ when: String) throws {
        try clock.set(to: clock.now / 60 * 60 + 80)
        let due = times
        try wait("\(when): fires are missing") { try book().missing(names, due) == 0 }
        try server.stop()
        let complaints = try book().complaints(names, due)
        #expect(complaints.isEmpty, "\(when)")
        try startServer()
    }

    func checkPolicies() {
        guard let book = try? book() else {
            Issue.record("the database cannot be read")
            return
        }
        func fires(_ name: String) -> FireBook.Fires { book.endpoints[name] ?? FireBook.Fires() }
        for name in ["all", "lines"] { #expect(fires(name).calls == Set(times), "\(name)") }
        #expect(!fires("none").skipped.isEmpty && fires("none").skipped.allSatisfy { $0.reason == "missed" })
        let last = fires("last")
        #expect(!last.skipped.isEmpty)
        #expect(last.skipped.allSatisfy { $0.reason == "missed" && last.calls.contains($0.last + 60) }, "the last one of those that were missed runs")
        #expect(fires("ask").skipped.isEmpty && !fires("ask").questions.isEmpty)
        #expect(fires("none").calls.count <= last.calls.count)
    }

    /// Two hours back: nothing that was settled fires again, whatever is killed meanwhile. Then on, past where it was.
    func goBackAndForth() throws {
        let (before, due, furthest) = (try book(), times, clock.now)
        try clock.set(to: furthest - 7200)
        for _ in 0..<4 {
            try wait("the clock's step is not followed") { clock.isFollowed }
            server.kill()
            try startServer()
            try clock.set(to: clock.now + 60)
        }
        try server.stop()
        let after = try book()
        #expect(after.complaints(names, due).isEmpty, "the clock went back")
        for name in names { #expect(after.endpoints[name]?.calls == before.endpoints[name]?.calls, "\(name)") }
        try startServer()
        try clock.set(to: furthest + 600)
        try settle("forward again")
    }

    /// Each question gets one of the three answers in turn; afterwards too each fire is accounted for once.
    func decide() throws {
        let answers = ["approve {}", "approve {\"run\":\"all\"}", "deny {}"].map { $0.split(separator: " ") }
        let items = try parseJSON(try server.admin("GET", "/approvals?status=pending&limit=1000").body)["items"]?.array ?? []
        #expect(items.count >= 3)
        for (index, item) in items.enumerated() {
            // A question about one fire has no "all".
            let isSingle = item["missed_fires"]?.array?.count == 1
            let answer = answers[isSingle ? 0 : index % 3]
            let decided = try testRequest(
                port: server.port, "POST", "/approvals/\(item["id"]?.string ?? "")/\(answer[0])",
                headers: [("Authorization", "Bearer \(CrashServer.adminToken)"), ("Content-Type", "application/json")],
                body: Array(answer[1].utf8))
            #expect(decided.status == 200, "\(decided.text)")
        }
        try settle("with every question answered")
    }

    private func wait(_ problem: String, _ condition: () throws -> Bool) throws {
        guard waitUntil(seconds: 30, { (try? condition()) == true }) else { throw TestFailure("\(problem): \(server.errors.suffix(2000))") }
    }
}
