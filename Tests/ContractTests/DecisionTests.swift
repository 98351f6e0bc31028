import Foundation
import JSON
import TestKit
import Testing

/// Deciding by API, command line and dashboard; one winner whoever asks.
@Suite struct DecisionTests {
    @Test func approvedByAPIRunsOnceAndSecondDecisionConflicts() throws {
        let server = try gatedServer()
        let pending = try server.ask("job", #"{"a":1}"#)
        #expect(try server.admin("GET", "/approvals?status=pending").json["items"]?[0]?["id"]?.string == pending.id)
        let body = try server.admin("GET", "/approvals/\(pending.id)/body")
        #expect(body.text == #"{"a":1}"#)
        let answer = try server.admin("POST", "/approvals/\(pending.id)/approve", #"{"reason":"go"}"#)
        #expect(answer.status == 200)
        #expect(answer.member("status") == "approved")
        #expect(answer.member("decided_via") == "api")
        #expect(answer.member("reason") == "go")
        for action in ["approve", "deny", "cancel"] {
            let again = try server.admin("POST", "/approvals/\(pending.id)/\(action)")
            expectProblem(again, 409, "already_decided")
            #expect(again.json["approval"]?["status"]?.string == "approved")
        }
        #expect(try server.endedRun(ofApproval: pending.id)["status"]?.string == "succeeded")
        #expect(try server.count("/approvals?status=pending") == 0)
        #expect(try server.count("/approvals?status=decided") == 1)
        #expect(server.lines("runs") == ["api"])
        #expect(fileText(server.file("stdin")) == #"{"a":1}"#)
    }

    @Test(arguments: ["deny", "cancel"])
    func deniedOrCancelledByAPINeverRuns(action: String) throws {
        let server = try gatedServer()
        let pending = try server.ask()
        let answer = try server.admin("POST", "/approvals/\(pending.id)/\(action)")
        #expect(answer.status == 200)
        #expect(answer.member("status") == (action == "deny" ? "denied" : "cancelled"))
        expectProblem(try server.admin("POST", "/approvals/\(pending.id)/approve"), 409)
        #expect(try server.post(pending.path, "decision=approve").status == 410)
        try server.restart()
        #expect(try server.approval(pending.id)["run_id"] == .null)
        #expect(server.lines("runs").isEmpty)
    }

    @Test func commandLineListsShowsApprovesAndDenies() throws {
        let server = try gatedServer()
        let first = try server.ask()
        let second = try server.ask()
        let listed = try server.command(["approvals", "list", "--json"])
        #expect(listed.exitCode == 0)
        #expect(listed.output.contains(first.id) && listed.output.contains(second.id))
        #expect(!listed.output.contains("\u{1b}"))
        #expect(try server.command(["approvals", "show", first.id]).output.contains("./record.sh"))
        let approved = try server.command(["approvals", "approve", first.id, "--reason", "by hand"])
        #expect(approved.exitCode == 0, "\(approved.errors)")
        #expect(try server.command(["approvals", "deny", second.id]).exitCode == 0)
        #expect(try server.command(["approvals", "approve", second.id]).exitCode == 1)
        let run = try server.endedRun(ofApproval: first.id)
        #expect(run["status"]?.string == "succeeded")
        #expect(try server.approval(first.id)["reason"]?.string == "by hand")
        let id = try #require(run["id"]?.string)
        #expect(try server.command(["runs", "list"]).output.contains(id))
        #expect(try server.command(["runs", "show", id]).output.contains("succeeded"))
        #expect(try server.command(["runs", "logs", id]).output == "recorded\n")
        #expect(server.lines("runs") == ["api"])
    }

    @Test func dashboardDecidesBehindLoginAndFormToken() throws {
        let server = try gatedServer()
        let first = try server.ask()
        let second = try server.ask()
        let closed = try server.request("GET", "/dashboard/approvals")
        #expect(closed.status == 303)
        #expect(closed.header("location") == "/login")
        #expect(try server.post("/login", "token=wrong-token-wrong-token").status == 401)
        let signedIn = try server.post("/login", "token=\(SluiceProcess.adminToken)")
        #expect(signedIn.status == 303)
        let cookie = try session(signedIn)
        let page = try server.request("GET", "/dashboard/approvals", headers: [("Cookie", cookie)])
        #expect(page.status == 200)
        #expect(page.text.contains(first.id) && page.text.contains(second.id))
        #expect(page.header("cache-control") == "no-store")
        let csrf = try csrf(page)
        let path = "/dashboard/approvals/\(first.id)"
        #expect(try server.post(path, "decision=approve", headers: [("Cookie", cookie)]).status == 403)
        #expect(try server.post(path, "decision=approve&csrf=x", headers: [("Cookie", cookie)]).status == 403)
        #expect(try server.post(path, "decision=approve&csrf=\(csrf)").status == 303)
        #expect(try server.approval(first.id)["status"]?.string == "pending")
        #expect(try server.post(path, "decision=approve&csrf=\(csrf)", headers: [("Cookie", cookie)]).header("location") == "/dashboard/approvals")
        #expect(try server.post(path, "decision=deny&csrf=\(csrf)", headers: [("Cookie", cookie)]).status == 303)
        let again = try server.request("GET", "/dashboard/approvals", headers: [("Cookie", cookie)])
        #expect(again.text.contains("Too late"))
        #expect(again.text.contains(second.id), "the page stands below the notice")
        #expect(try server.post("/dashboard/approvals/\(second.id)", "decision=deny&csrf=\(csrf)", headers: [("Cookie", cookie)]).status == 303)
        #expect(try server.endedRun(ofApproval: first.id)["status"]?.string == "succeeded")
        let history = try server.request("GET", "/dashboard/approvals", headers: [("Cookie", cookie)]).text.lowercased()
        #expect(history.contains("approved") && history.contains("denied"))
        #expect(try server.approval(first.id)["decided_via"]?.string == "dashboard")
        #expect(try server.post("/logout", "csrf=\(csrf)", headers: [("Cookie", cookie)]).status == 303)
        #expect(try server.request("GET", "/dashboard/approvals", headers: [("Cookie", cookie)]).status == 303)
        #expect(server.lines("runs") == ["api"])
    }

    /// Behind a proxy all people have one address.
    @Test func wrongTokensLockNobodyElseOut() throws {
        let server = try gatedServer()
        for _ in 0..<10 { #expect(try server.post("/login", "token=wrong-token-wrong-token").status == 401) }
        #expect(try server.post("/login", "token=wrong-token-wrong-token").status == 429)
        #expect(try server.post("/login", "token=\(SluiceProcess.adminToken)").status == 303)
        let large = "token=" + String(repeating: "x", count: 70_000)
        #expect(try server.post("/login", large).status == 413)
    }

    @Test func loginLinkWorksOnceAndOnlyByPost() throws {
        let server = try gatedServer()
        let printed = try #require(server.output.range(of: "/login/[A-Za-z0-9_-]+", options: .regularExpression).map { String(server.output[$0]) })
        let made = try server.admin("POST", "/logins")
        #expect(made.status == 201)
        let path = "/login/" + (try #require(made.member("url"))).components(separatedBy: "/login/")[1]
        for link in [printed, path] {
            for _ in 0..<3 { #expect(try server.request("GET", link).status == 200) }
            let first = try server.post(link, "")
            #expect(first.status == 303)
            #expect(try server.request("GET", "/dashboard/approvals", headers: [("Cookie", try session(first))]).status == 200)
            let second = try server.post(link, "")
            #expect(second.status == 410)
            #expect(second.header("set-cookie") == nil)
        }
    }

    @Test func callerSeesItsOwnApprovalOnly() throws {
        let server = try gatedServer()
        let mine = try server.makeKey("mine").key
        let other = try server.makeKey("other").key
        let pending = try server.ask("job", headers: [("X-API-Key", mine)])
        let path = "/approvals/\(pending.id)"
        let seen = try server.request("GET", path, headers: [("X-API-Key", mine)])
        #expect(seen.status == 200)
        #expect(seen.member("status") == "pending")
        #expect(!seen.text.contains(pending.token))
        expectProblem(try server.request("GET", path, headers: [("X-API-Key", other)]), 404)
        expectProblem(try server.request("GET", path, headers: [("X-API-Key", "sluice_sk_wrong")]), 401)
        expectProblem(try server.request("GET", path), 401)
        // A key may call and look; it may not decide.
        expectProblem(try server.request("POST", path + "/approve", headers: [("X-API-Key", mine)], body: []), 401)
        _ = try server.admin("POST", path + "/approve")
        let run = try #require(try server.endedRun(ofApproval: pending.id)["id"]?.string)
        #expect(try server.request("GET", "/runs/\(run)", headers: [("X-API-Key", mine)]).member("output") == "recorded\n")
        expectProblem(try server.request("GET", "/runs/\(run)", headers: [("X-API-Key", other)]), 404)
    }

    @Test func sixteenDecisionsAtOnceHaveOneWinner() throws {
        let server = try gatedServer()
        for round in 0..<3 {
            let pending = try server.ask()
            let results = concurrently(16) { index -> (status: Int, decision: String) in
                let decision = index % 2 == 0 ? "approve" : "deny"
                let answer =
                    index % 4 < 2
                    ? try? server.post(pending.path, "decision=\(decision)") : try? server.admin("POST", "/approvals/\(pending.id)/\(decision)")
                return (answer?.status ?? 0, decision)
            }
            let winners = results.filter { $0.status == 200 }
            #expect(winners.count == 1, "round \(round): \(results)")
            #expect(results.allSatisfy { [200, 409, 410].contains($0.status) })
            let expected = winners.first?.decision == "approve" ? "approved" : "denied"
            #expect(try server.approval(pending.id)["status"]?.string == expected)
        }
        let approved = try server.count("/approvals?status=approved")
        #expect(try waited { server.lines("runs").count == approved })
        #expect(try server.count("/runs") == approved)
    }

    @Test func scriptThatChangedWhileWaitingMakesApprovalStale() throws {
        let server = try gatedServer()
        let first = try server.ask()
        let second = try server.ask()
        try server.write("record.sh", "#!/bin/sh\necho other >> {dir}/runs\n")
        #expect(try server.post(first.path, "decision=approve").status == 200)
        #expect(try server.approval(first.id)["status"]?.string == "stale")
        let page = try server.request("GET", first.path)
        #expect(page.status == 410)
        let answer = try server.admin("POST", "/approvals/\(second.id)/approve")
        #expect(answer.member("status") == "stale")
        // A request made after the edit is about the new script.
        let third = try server.ask()
        #expect(try server.admin("POST", "/approvals/\(third.id)/approve").member("status") == "approved")
        #expect(try server.endedRun(ofApproval: third.id)["status"]?.string == "succeeded")
        #expect(server.lines("runs") == ["other"])
    }

    @Test func endpointEditedWhileWaitingRunsWhatWasShown() throws {
        let server = try gatedServer()
        let pending = try server.ask()
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"command":"sh -c 'echo edited >> runs'"}"#).status == 200)
        #expect(try server.approval(pending.id)["endpoint_changed"]?.bool == true)
        #expect(try server.approval(pending.id)["command"]?.string == "./record.sh")
        #expect(try server.request("GET", pending.path).text.contains("./record.sh"))
        #expect(try server.post(pending.path, "decision=approve").status == 200)
        #expect(try server.endedRun(ofApproval: pending.id)["status"]?.string == "succeeded")
        #expect(server.lines("runs") == ["api"])
    }
}

/// `sluice_session=...` of a Set-Cookie that is safe to give to a browser.
func session(_ response: TestResponse) throws -> String {
    let cookie = try #require(response.header("set-cookie"))
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
    return String(cookie.prefix { $0 != ";" })
}

/// The form token of a page.
func csrf(_ page: TestResponse) throws -> String {
    let text = page.text
    let field = try #require(text.range(of: "name=\"?csrf\"?[^>]*value=\"?([A-Za-z0-9_-]+)", options: .regularExpression))
    return String(text[field].reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }.reversed())
}
