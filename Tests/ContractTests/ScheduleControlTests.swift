import Foundation
import JSON
import TestKit
import Testing

/// Schedules by hand, and the folder that they may stand in, seen from outside.
@Suite struct ScheduleControlTests {
    private static let config = """
        version: 1
        schedules_dir: .
        endpoints:
          - name: job
            command: ./record.sh
            schedules:
              - {name: yearly, schedule: "0 0 1 1 *", args: {who: nobody}}
            args: [{name: who, default: clock}]
          - name: asked
            command: "true"
            approval_required: true
            every: 365d
        """

    @Test func aScheduleRunsNowThroughItsGate() throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        let run = try server.admin("POST", "/schedules/job:yearly/run")
        #expect(run.status == 202 && run.json["run_id"]?.string != nil)
        #expect(waitUntil { server.lines("runs") == ["schedule"] })
        let asked = try server.admin("POST", "/schedules/asked/run")
        #expect(asked.status == 202 && asked.json["status"]?.string == "pending_approval")
        #expect(try server.admin("POST", "/schedules/job:monthly/run").status == 404)
        #expect(try server.command(["schedules", "list"]).output.contains("job:yearly\t0 0 1 1 *\tUTC\t"))
    }

    @Test func aRangeIsMadeUpForOnce() throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        let range = #""from":"2020-06-01T00:00:00Z","to":"2023-06-01T00:00:00Z""#
        let asked = try server.admin("POST", "/schedules/job:yearly/backfill", "{\(range)}")
        #expect(asked.status == 200 && asked.json["fires"]?.array?.count == 3)
        #expect(try column(server, "SELECT count(*) FROM calls") == ["0"])
        let made = try server.admin("POST", "/schedules/job:yearly/backfill", "{\(range),\"confirm\":true}")
        #expect(made.status == 202 && made.json["call_ids"]?.array?.count == 3)
        let again = try server.admin("POST", "/schedules/job:yearly/backfill", "{\(range),\"confirm\":true}")
        #expect(again.json["call_ids"]?.array?.isEmpty == true && again.json["already_made"] == 3)
        #expect(try column(server, "SELECT substr(event, 1, 4) FROM calls ORDER BY id") == ["2021", "2022", "2023"])
        let future = try server.admin("POST", "/schedules/job:yearly/backfill", #"{"from":"2020-01-01T00:00:00Z","to":"2120-01-01T00:00:00Z"}"#)
        #expect(future.status == 422)
    }

    @Test func theDashboardShowsWhatABackfillMakesBeforeItMakesIt() throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        let cookie = ("Cookie", try session(try server.post("/login", "token=\(SluiceProcess.adminToken)")))
        let path = "/dashboard/schedules/job%3Ayearly/backfill"
        #expect(try server.request("GET", "/dashboard/schedules", headers: [cookie]).text.contains(path))
        let page = try server.request("GET", path, headers: [cookie])
        #expect(page.status == 200)
        let token = "csrf=\(try csrf(page))"
        let range = "from=2020-06-01T00:00:00Z&to=2023-06-01T00:00:00Z"
        func asked(_ range: String) throws -> TestResponse { try server.request("GET", "\(path)?\(range)", headers: [cookie]) }
        #expect(try server.post(path, range, headers: [cookie]).status == 403)
        #expect(try server.post(path, "\(token)&\(range)").header("location") == "/login")
        let shown = try asked(range)
        #expect(shown.status == 200 && shown.text.contains("3 fires without a call") && shown.text.contains("2022-01-01 00:00:00 UTC"))
        for (wrong, words) in [
            ("from=yesterday&to=today", "Both ends are instants"), ("from=2023-06-01T00:00:00Z&to=2020-06-01T00:00:00Z", "lies before"),
            ("from=2023-06-01T00:00:00Z&to=2120-06-01T00:00:00Z", "lies in the future"),
        ] {
            let sent = try server.post(path, "\(token)&\(wrong)&confirm=yes", headers: [cookie])
            #expect(sent.status == 303)
            let refused = try server.request("GET", try #require(sent.header("location")), headers: [cookie])
            #expect(refused.status == 422 && refused.text.contains(words), "\(wrong)")
        }
        #expect(try server.post(path, "\(token)&\(range)", headers: [cookie]).status == 303, "without confirm nothing is made")
        #expect(try column(server, "SELECT count(*) FROM calls") == ["0"])
        let made = try server.post(path, "\(token)&\(range)&confirm=yes", headers: [cookie])
        #expect(made.status == 303 && made.header("location") == "/dashboard/schedules")
        let list = try server.request("GET", "/dashboard/schedules", headers: [cookie])
        #expect(list.status == 200 && list.text.contains("3 calls of job:yearly made up for"))
        #expect(try column(server, "SELECT substr(event, 1, 4) FROM calls ORDER BY id") == ["2021", "2022", "2023"])
        #expect(try asked(range).text.contains("No fire in this range is without a call."))
        #expect(try server.request("GET", "/dashboard/schedules/none/backfill", headers: [cookie]).status == 404)
    }

    /// Loading the page again after a button must not press it again, and what it says comes from the server alone.
    @Test func theButtonsOfSchedulesLeadBackToTheList() throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        let cookie = ("Cookie", try session(try server.post("/login", "token=\(SluiceProcess.adminToken)")))
        let other = ("Cookie", try session(try server.post("/login", "token=\(SluiceProcess.adminToken)")))
        func list(_ cookie: (String, String)) throws -> TestResponse { try server.request("GET", "/dashboard/schedules", headers: [cookie]) }
        let token = "csrf=\(try csrf(try list(cookie)))"
        for (id, action, words) in [
            ("job%3Ayearly", "pause", "job:yearly is paused."), ("job%3Ayearly", "resume", "job:yearly goes on with its next fire."),
            ("job%3Ayearly", "run", "job:yearly runs."), ("asked", "run", "A run of asked waits for approval."),
        ] {
            let sent = try server.post("/dashboard/schedules/\(id)", "\(token)&action=\(action)", headers: [cookie])
            #expect(sent.status == 303 && sent.header("location") == "/dashboard/schedules")
            #expect(try !list(other).text.contains(words), "nobody else is told")
            #expect(try list(cookie).text.contains(words))
            #expect(try !list(cookie).text.contains(words), "it is said once")
        }
        #expect(try column(server, "SELECT count(*) FROM calls") == ["2"])
        let again = try server.request("GET", "/dashboard/schedules/asked", headers: [cookie])
        #expect(again.status == 303 && again.header("location") == "/dashboard/schedules")
    }

    @Test(arguments: [("GET", "/dashboard/nosuch", 404), ("DELETE", "/dashboard/runs/a/b", 404), ("POST", "/dashboard/runs", 405)])
    func theDashboardRefusesWithAPage(_ method: String, _ path: String, _ status: Int) throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        let answer = try server.request(method, path)
        #expect(answer.status == status && answer.header("content-type") == "text/html; charset=utf-8")
        #expect(answer.header("content-security-policy") != nil)
    }

    @Test func schedulesShowTheirOwnClockAndOfferARangeThatWorks() throws {
        let config = """
            version: 1
            endpoints:
              - {name: often, command: "true", every: 1s, timezone: Asia/Kolkata, catch_up: last}
            """
        let server = try SluiceProcess(config: config)
        let cookie = ("Cookie", try session(try server.post("/login", "token=\(SluiceProcess.adminToken)")))
        let list = try server.request("GET", "/dashboard/schedules", headers: [cookie]).text
        #expect(list.contains(" +05:30)<") && list.contains("catch_up: last"))
        let form = try server.request("GET", "/dashboard/schedules/often/backfill", headers: [cookie]).text
        let range = try ["from", "to"].map { name in
            let value = try #require(form.range(of: "name=\"\(name)\" value=\"([^\"]+)", options: .regularExpression))
            return name + "=" + String(form[value].split(separator: "\"").last ?? "")
        }
        #expect(try server.request("GET", "/dashboard/schedules/often/backfill?\(range.joined(separator: "&"))", headers: [cookie]).status == 200)
    }

    @Test func aFolderThatIsMadeLaterIsNoticed() throws {
        let server = try SluiceProcess(config: "version: 1\nendpoints:\n  - {name: job, command: \"true\"}\n")
        try FileManager.default.createDirectory(atPath: server.file("schedules"), withIntermediateDirectories: false)
        try Data("@daily x\n".utf8).write(to: URL(fileURLWithPath: server.file("schedules/jobs.crontab")), options: .atomic)
        #expect(try waited { try server.admin("GET", "/schedules").json["items"]?[0]?["place"]?.string == "jobs.crontab:1" })
    }

    @Test func aCrontabIsTakenUpWhenItChangesAllOrNothing() throws {
        let server = try SluiceProcess(config: Self.config, files: recordScript)
        func ids() throws -> [String] { try server.admin("GET", "/schedules").json["items"]?.array?.compactMap { $0["place"]?.string } ?? [] }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: server.file("jobs.crontab")), options: .atomic) }
        try write("WORD=hello\n* * * * * x\n@daily cat\n")
        #expect(try waited { try ids() == ["jobs.crontab:2", "jobs.crontab:3"] })
        try write("61 * * * * x\n")
        #expect(waitUntil { server.errors.contains("was not taken") })
        #expect(try ids() == ["jobs.crontab:2", "jobs.crontab:3"])
        try write("WORD=hello\n@daily echo \"$WORD\" > {dir}/said; cat >> {dir}/said%world\n".replacing("{dir}", with: server.directory))
        #expect(try waited { try ids() == ["jobs.crontab:2"] })
        let id = try #require(try server.admin("GET", "/schedules?endpoint=jobs").json["items"]?[0]?["id"]?.string)
        #expect(try server.admin("POST", "/schedules/\(id)/run").status == 202)
        #expect(waitUntil { fileText(server.file("said")) == "hello\nworld\n" })
        // It stands for its lines and cannot be called.
        #expect(try server.call("jobs").status == 404)
    }

    /// Not beside the configuration, and another one later that is not there yet; without a signal.
    @Test func aFolderOfSchedulesIsFollowedWhereverItComes() throws {
        let elsewhere = try TemporaryDirectory()
        func config(_ folder: String) -> String { "version: 1\nschedules_dir: \(elsewhere.file(folder))\nendpoints:\n  - {name: job, command: \"true\"}\n" }
        try put("a/b/none.txt")
        let server = try SluiceProcess(config: config("a/b"))
        func put(_ name: String) throws {
            let file = URL(fileURLWithPath: elsewhere.file(name))
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("@daily x\n".utf8).write(to: file, options: .atomic)
        }
        func places() throws -> [String?] { try server.admin("GET", "/schedules").json["items"]?.array?.map { $0["place"]?.string } ?? [] }
        try put("a/b/first.crontab")
        #expect(try waited { try places() == ["first.crontab:1"] })
        try server.write("wrapd.yaml", config("c"))
        #expect(waitUntil { server.errors.contains("cannot read the folder of schedules") })
        // Meanwhile the old one is still in force.
        try put("a/b/again.crontab")
        #expect(waitUntil { server.errors.components(separatedBy: "cannot read the folder of schedules").count > 2 })
        #expect(try places() == ["first.crontab:1"])
        try put("c/second.crontab")
        #expect(try waited { try places() == ["second.crontab:1"] })
        // What is no longer followed is not read again.
        try put("a/b/third.crontab")
        try put("c/fourth.crontab")
        #expect(try waited { try places() == ["fourth.crontab:1", "second.crontab:1"] })
    }
}
