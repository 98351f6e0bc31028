import Foundation
import JSON
import TestKit
import Testing

/// The management API: endpoints, keys, lists, metrics.
@Suite struct ManagementTests {
    static let config = """
        version: 1
        endpoints:
          - {name: job, command: ./record.sh, public: true}
          - {name: closed, command: ./record.sh}
        """

    private func server() throws -> SluiceProcess { try SluiceProcess(config: Self.config, files: recordScript) }

    @Test func gatePutOnByAPIHoldsAtOnceAndAfterARestartUntilTheFileSpeaks() throws {
        let server = try server()
        #expect(try server.call("job").status == 200)
        let patched = try server.admin("PATCH", "/endpoints/job", #"{"approval_required": true, "approval_timeout_mins": 60}"#)
        #expect(patched.status == 200)
        #expect(patched.json["approval_required"]?.bool == true)
        #expect(patched.json["approval_timeout_mins"]?.int == 60)
        #expect(patched.member("origin") == "file")
        #expect(Set(patched.json["overridden"]?.array?.compactMap(\.string) ?? []) == ["approval_required", "approval_timeout_mins"])
        func expectGated(_ minutes: Int, _ location: SourceLocation = #_sourceLocation) throws {
            let answer = try server.call("job")
            #expect(answer.status == 202, sourceLocation: location)
            #expect(answer.json["expires_in_mins"]?.int == minutes, sourceLocation: location)
        }
        try expectGated(60)
        try server.restart()
        try expectGated(60)
        // The file says something about another field: nothing changes for these.
        try server.write("wrapd.yaml", Self.config.replacingOccurrences(of: "name: job,", with: "name: job, description: new,"))
        try server.restart()
        try expectGated(60)
        // The file says something new about one of them: there the file wins.
        try server.write("wrapd.yaml", Self.config.replacingOccurrences(of: "name: job,", with: "name: job, approval_timeout_mins: 7,"))
        try server.restart()
        try expectGated(7)
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"approval_required": null}"#).status == 200)
        #expect(try server.call("job").status == 200)
    }

    @Test(arguments: ["job", "made"]) func changesOfOneEndpointAtTheSameTimeAllHold(name: String) throws {
        let server = try server()
        #expect(try server.admin("POST", "/endpoints", #"{"slug":"made","command":"echo made","public":true}"#).status == 201)
        for round in 0..<15 {
            let changes = [#"{"approval_required":true}"#, #"{"timeout":\#(61 + round)}"#, #"{"max_pending":\#(10 + round)}"#]
            let statuses = concurrently(3) { (try? server.admin("PATCH", "/endpoints/\(name)", changes[$0]).status) ?? 0 }
            #expect(statuses == [200, 200, 200])
            let now = try server.admin("GET", "/endpoints/\(name)").json
            #expect(now["approval_required"]?.bool == true && now["timeout"]?.int == 61 + round && now["max_pending"]?.int == 10 + round)
            #expect(try server.admin("PATCH", "/endpoints/\(name)", #"{"approval_required":false}"#).status == 200)
        }
    }

    @Test func callsThatMeetAChangeOfTheirEndpointAreTakenUnderOneOfItsGates() throws {
        let server = try server()
        let results = concurrently(4) { worker in
            (0..<30).map { round -> Int in
                if worker > 0 { return (try? server.call("job").status) ?? 0 }
                let change = round % 2 == 0 ? #"{"approval_required":true}"# : #"{"approval_required":null}"#
                return (try? server.admin("PATCH", "/endpoints/job", change).status) ?? 0
            }
        }
        #expect(Set(results.flatMap(\.self)).isSubset(of: [200, 202]))
        // What was approved by nobody was made under a revision without the gate: the odd ones.
        let revisions = try column(
            server,
            """
            SELECT DISTINCT json_extract(s.body, '$.revision') % 2 FROM runs r JOIN calls c ON c.id = r.id JOIN specs s ON s.id = c.spec_id
            """)
        #expect(revisions == ["1"])
    }

    @Test func endpointsAreCreatedReadChangedAndDeleted() throws {
        let server = try server()
        let created = try server.admin("POST", "/endpoints", #"{"slug":"made","command":"echo made","public":true}"#)
        #expect(created.status == 201)
        #expect(created.header("location") == "/endpoints/made")
        #expect(created.member("name") == "made")
        #expect(try server.call("made").member("output") == "made\n")
        expectProblem(try server.admin("POST", "/endpoints", #"{"name":"made","command":"x"}"#), 409)
        #expect(try server.admin("PATCH", "/endpoints/made", #"{"command":"echo changed"}"#).status == 200)
        #expect(try server.call("made").member("output") == "changed\n")
        expectProblem(try server.admin("PATCH", "/endpoints/made", #"{"name":"other"}"#), 422)
        try server.restart()
        #expect(try server.call("made").member("output") == "changed\n")
        let names = try server.admin("GET", "/endpoints").json["items"]?.array?.compactMap { $0["name"]?.string }
        #expect(Set(names ?? []) == ["job", "closed", "made"])
        #expect(try server.admin("PATCH", "/endpoints/made", #"{"approval_required":true}"#).status == 200)
        let pending = try server.ask("made")
        expectProblem(try server.admin("DELETE", "/endpoints/made"), 409)
        #expect(try server.admin("DELETE", "/endpoints/made?force=true").status == 204)
        #expect(try server.approval(pending.id)["status"]?.string == "cancelled")
        expectProblem(try server.call("made"), 404)
        expectProblem(try server.admin("GET", "/endpoints/made"), 404)
        expectProblem(try server.admin("DELETE", "/endpoints/job"), 409)
        #expect(try server.post(pending.path, "decision=approve").status == 410)
    }

    @Test func keysAreShownOnceAndEndAtOnce() throws {
        let server = try server()
        let (id, key) = try server.makeKey("ci")
        #expect(key.hasPrefix("sluice_sk_"))
        let header = ("X-API-Key", key)
        #expect(try server.call("closed", headers: [header]).status == 200)
        let listed = try server.admin("GET", "/api-keys")
        #expect(!listed.text.contains(key))
        #expect(listed.json["items"]?[0]?["label"]?.string == "ci")
        try server.restart()
        #expect(try server.call("closed", headers: [header]).status == 200)
        #expect(try server.admin("DELETE", "/api-keys/\(id)").status == 204)
        expectProblem(try server.call("closed", headers: [header]), 401)
        expectProblem(try server.admin("DELETE", "/api-keys/\(id)"), 404)
        try server.restart()
        expectProblem(try server.call("closed", headers: [header]), 401)
        let made = try server.command(["keys", "create", "by-hand"])
        #expect(made.exitCode == 0)
        let second = made.output.trimmingCharacters(in: .newlines)
        #expect(try server.call("closed", headers: [("X-API-Key", second)]).status == 200)
        #expect(try server.command(["keys", "list"]).output.contains("by-hand"))
    }

    @Test func listsPageByCursorWithoutGapsOrRepeats() throws {
        let server = try server()
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"approval_required":true}"#).status == 200)
        var made: [String] = []
        for _ in 0..<120 { made.append(try server.ask().id) }
        for limit in [nil, 7, 50, 119, 120, 1000, 5000] as [Int?] {
            var seen: [String] = []
            var cursor: String?
            repeat {
                let parameters = [limit.map { "limit=\($0)" }, cursor.map { "cursor=\($0)" }].compactMap { $0 }.joined(separator: "&")
                let page = try server.admin("GET", "/approvals?status=pending&\(parameters)").json
                let items = page["items"]?.array?.compactMap { $0["id"]?.string } ?? []
                #expect(items.count <= min(limit ?? 50, 1000))
                seen += items
                cursor = page["next_cursor"]?.string
                // What comes in meanwhile is newer than every cursor and moves nothing.
                if limit == 7, seen.count == 14 { _ = try server.ask("job") }
            } while cursor != nil && seen.count < 500
            #expect(seen.filter(made.contains) == made.reversed(), "limit \(limit ?? 0)")
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test func metricsAreWellFormedAndCount() throws {
        let server = try server()
        _ = try server.call("job")
        let answer = try server.request("GET", "/metrics")
        #expect(answer.status == 200)
        #expect(answer.header("content-type")?.hasPrefix("text/plain") == true)
        var typed: Set<String> = []
        var values: [String: Double] = [:]
        for line in answer.text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { typed.insert(String(line.split(separator: " ")[2])) }
            guard !line.hasPrefix("#") else { continue }
            let form = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? (-?[0-9.e+]+)/
            let sample = try #require(line.wholeMatch(of: form), "\(line)")
            #expect(sample.1.hasPrefix("sluice_"))
            // The samples of a histogram have names of their own.
            let family = String(sample.1).replacing(/_(bucket|sum|count)$/, with: "") as String
            #expect(typed.contains(String(sample.1)) || typed.contains(family), "\(sample.1) has no type")
            #expect(values[String(sample.1) + (sample.2.map(String.init) ?? "")] == nil, "\(line) stands twice")
            values[String(sample.1) + (sample.2.map(String.init) ?? "")] = Double(sample.3)
        }
        #expect(values["sluice_up"] == 1)
        #expect((values["sluice_store_syncs_total"] ?? 0) > 0)
        #expect((values["sluice_http_requests_total"] ?? 0) > 0)
        #expect(values["sluice_approvals_pending"] == 0)
    }

    @Test func mistakesAreToldWithTheWayOut() throws {
        let server = try gatedServer()
        let typo = try server.admin("POST", "/endpoints", #"{"slug":"x","comand":"df"}"#)
        expectProblem(typo, 422, "invalid_endpoint")
        let detail = typo.member("detail") ?? ""
        #expect(detail.contains("comand: is no field of an endpoint; did you mean 'command'?"), "\(detail)")
        let status = try server.admin("GET", "/approvals?status=foo")
        expectProblem(status, 422)
        #expect(status.member("detail")?.contains("decided") == true)
    }

    /// The beginning of an id is its number, which can be guessed: for the admin's looking only.
    @Test func theBeginningOfAnIDIsEnoughForTheAdminToLook() throws {
        let server = try server()
        let (_, key) = try server.makeKey()
        let called = try server.call("job", headers: [("X-API-Key", key), ("Accept", "application/json")])
        let run = try #require(called.member("run_id"))
        let short = String(run.prefix(13))
        #expect(try server.admin("GET", "/runs/\(short)").member("id") == run)
        #expect(try server.admin("GET", "/runs/\(short)/logs").status == 200)
        expectProblem(try server.admin("POST", "/runs/\(short)/cancel"), 404, "unknown_run")
        for headers in [[("X-API-Key", key)], []] {
            #expect(try server.request("GET", "/runs/\(run)", headers: headers).status == (headers.isEmpty ? 401 : 200))
            expectProblem(try server.request("GET", "/runs/\(short)", headers: headers), 404, "unknown_run")
        }
    }
}
