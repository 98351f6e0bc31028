import Foundation
import JSON
import TestKit
import Testing

/// Schedules put their fires into the same queue, each fire once.
@Suite struct ScheduleTests {
    @Test func eachFireMakesOneApprovalAlsoOverRestarts() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - name: tick
                    command: ./record.sh
                    schedule: "* * * * * *"
                    approval_required: true
                    pending_policy: all
                    args: [{name: who, default: clock}]
                """, files: recordScript)
        func fires() throws -> [String] { try column(server, "SELECT event FROM calls ORDER BY id") }
        #expect(try waited { try fires().count >= 2 })
        try server.restart()
        let before = try fires().count
        #expect(try waited { try fires().count > before })
        server.kill()
        try server.start()
        let middle = try fires().count
        #expect(try waited { try fires().count > middle })
        #expect(try server.admin("POST", "/schedules/tick/pause").status == 200)
        let all = try fires()
        #expect(Set(all).count == all.count, "\(all)")
        #expect(all == all.sorted())
        #expect(try column(server, "SELECT count(*) FROM approvals") == ["\(all.count)"])
        #expect(server.lines("runs").isEmpty)

        let item = try #require(try server.admin("GET", "/approvals?status=pending&endpoint=tick").json["items"]?[0])
        #expect(item["source"]?.string == "schedule")
        #expect(item["arguments"] == ["who": "clock"])
        let id = try #require(item["id"]?.string)
        #expect(try server.command(["approvals", "approve", id]).exitCode == 0)
        #expect(try server.endedRun(ofApproval: id)["status"]?.string == "succeeded")
        #expect(server.lines("runs") == ["schedule"])
        #expect(fileText(server.file("stdin")).isEmpty)
    }

    @Test func pausedScheduleFiresNothingAlsoAfterARestart() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: tick, command: ./record.sh, schedule: "* * * * * *", public: true}
                """, files: recordScript)
        #expect(waitUntil(seconds: 10) { !server.lines("runs").isEmpty })
        let paused = try server.admin("POST", "/schedules/tick/pause")
        #expect(paused.json["paused"]?.bool == true)
        #expect(paused.json["next_run_at"]?.isNull == true)
        try server.restart()
        #expect(try server.admin("GET", "/schedules").json["items"]?[0]?["paused"]?.bool == true)
        let count = try column(server, "SELECT count(*) FROM calls WHERE source = 'schedule'")
        // Calls still work; two of them a second apart show that the clock went on without a fire.
        #expect(try server.call("tick").status == 200)
        let second = Int(Date().timeIntervalSince1970)
        #expect(waitUntil { Int(Date().timeIntervalSince1970) >= second + 2 })
        #expect(try server.call("tick").status == 200)
        #expect(try column(server, "SELECT count(*) FROM calls WHERE source = 'schedule'") == count)
        let resumed = try server.admin("POST", "/schedules/tick/resume")
        #expect(resumed.json["next_run_at"]?.string != nil)
        #expect(try waited { try column(server, "SELECT count(*) FROM calls WHERE source = 'schedule'") != count })
    }
}
