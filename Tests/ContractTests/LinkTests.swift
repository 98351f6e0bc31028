import Bytes
import Foundation
import JSON
import SQLite
import TestKit
import Testing

/// Approving by link: whoever holds the link may decide, once; looking at it decides nothing.
@Suite struct LinkTests {
    @Test func pendingAnswerHasExactlyTheDocumentedKeys() throws {
        let server = try gatedServer()
        let answer = try server.deliver(id: "d-1")
        let body = answer.json
        #expect(answer.status == 202)
        #expect(answer.header("content-type") == "application/json")
        #expect(
            Set(body.object?.keys ?? []) == ["status", "approval_id", "approve_url", "message", "expires_in_mins"])
        #expect(body["status"]?.string == "pending_approval")
        #expect(body["expires_in_mins"]?.int == 60)
        #expect(UUID(uuidString: body["approval_id"]?.string ?? "") != nil)
        #expect(body["message"]?.string?.isEmpty == false)
        #expect(body["approve_url"]?.string?.hasPrefix("https://sluice.example/approve/") == true)
        let token = try Pending(answer).token
        // 256 bits at least, and no part of it is the id.
        #expect((base64Decode(token, alphabet: .url, padding: .forbidden)?.count ?? 0) >= 32)
        #expect(!token.contains(try Pending(answer).id))
    }

    @Test func withoutPublicAddressLinksPointAtTheListenAddress() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                account: ops
                endpoints:
                  - {name: job, command: "true", public: true, approval_required: true}
                """)
        let pending = try Pending(try server.request("POST", "/v1/ops/job", body: []))
        #expect(pending.url.hasPrefix("\(server.baseURL)/approve/"))
        expectProblem(try server.request("POST", "/v1/user/job", body: []), 404)
    }

    @Test func lookingAtLinkChangesNothing() throws {
        let server = try gatedServer()
        let pending = try Pending(try server.deliver(id: "d-1"))
        for _ in 0..<5 {
            #expect(try server.request("GET", pending.path).status == 200)
            let head = try server.request("HEAD", pending.path)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
        for query in ["?decision=approve", "?approve=1"] { #expect(try server.request("GET", pending.path + query).status == 200) }
        #expect(try server.approval(pending.id)["status"]?.string == "pending")
        #expect(try server.count("/runs") == 0)
        #expect(server.lines("runs").isEmpty)
    }

    @Test func linkPageShowsTheCallAndOneFormWithApproveBeforeDeny() throws {
        let server = try gatedServer()
        let pending = try Pending(try server.deliver("deploy", #"{"ref":"<script>alert(1)</script>"}"#, id: "delivery-77"))
        let page = try server.request("GET", pending.path)
        #expect(page.header("cache-control") == "no-store")
        #expect(page.header("referrer-policy") == "no-referrer")
        #expect(page.header("content-type") == "text/html; charset=utf-8")
        #expect(page.header("set-cookie") == nil)
        let text = page.text
        for shown in ["deploy", "./record.sh", "push", "delivery-77", "github from 127.0.0.1", "&lt;script&gt;alert(1)", "left"] {
            #expect(text.contains(shown), "the page lacks \(shown)")
        }
        #expect(!text.contains("<script"))
        #expect(text.components(separatedBy: "<form").count == 2)
        #expect(text.contains("method=\"post\"") || text.contains("method=post"))
        let approve = try #require(text.range(of: "Approve</button>"))
        let deny = try #require(text.range(of: "Deny</button>"))
        #expect(approve.lowerBound < deny.lowerBound)
        #expect(text.components(separatedBy: "<button").count == 3)
    }

    @Test func approvedByLinkRunsOnceWithTheBodyOnStandardInput() throws {
        let server = try gatedServer()
        let body = "{\"ref\": \"refs/heads/main\",\n \"text\":\"\\u00fc \u{fc} \"}"
        let pending = try Pending(try server.deliver("deploy", body, id: "d-1"))
        // As a browser sends it from a page with `Referrer-Policy: no-referrer`: no cookie, a null origin.
        let answer = try server.post(pending.path, "decision=approve&reason=looks+good", headers: [("Origin", "null")])
        #expect(answer.status == 200)
        #expect(answer.text.contains("approved") || answer.text.contains("Approved"))
        let run = try server.endedRun(ofApproval: pending.id)
        #expect(run["status"]?.string == "succeeded")
        #expect(run["source"]?.string == "webhook")
        #expect(run["approval_id"]?.string == pending.id)
        #expect(run["output"]?.string == "recorded\n")
        #expect(fileBytes(server.file("stdin")) == Array(body.utf8))
        let approval = try server.approval(pending.id)
        #expect(approval["status"]?.string == "approved")
        #expect(approval["decided_via"]?.string == "link")
        #expect(approval["reason"]?.string == "looks good")

        for decision in ["approve", "deny"] { #expect(try server.post(pending.path, "decision=\(decision)").status == 410) }
        let later = try server.request("GET", pending.path)
        #expect(later.status == 410)
        #expect(later.text.lowercased().contains("approved"))
        #expect(later.header("cache-control") == "no-store")
        try server.restart()
        #expect(try server.request("GET", pending.path).status == 410)
        #expect(server.lines("runs") == ["webhook"])
    }

    /// As a browser without scripts that leaves the page open: it opens what the page says, by GET, and nothing else.
    @Test func aPageThatIsLeftOpenTellsWhatBecameOfTheCall() throws {
        let config = gatedConfig.replacingOccurrences(of: "name: job\n    command: ./record.sh", with: "name: job\n    command: ./wait.sh")
        let wait = "#!/bin/sh\necho one >> {dir}/runs\nwhile [ ! -e {dir}/go ]; do sleep 0.05; done\n"
        let server = try SluiceProcess(config: config, files: ["wait.sh": wait], environment: ["HOOK_SECRET": githubSecret])
        let pending = try server.ask()
        let page = try server.request("GET", pending.path)
        #expect(page.status == 200 && refresh(of: page)?.seconds == 15 && refresh(of: page)?.path == pending.path)
        #expect(!page.text.contains("<textarea"))
        for name in ["content-security-policy", "referrer-policy"] {
            #expect(try page.header(name) == server.request("GET", "/login").header(name) && page.header(name) != nil)
        }
        #expect(page.header("content-security-policy")?.contains("script-src") == false)
        let typing = try server.request("GET", pending.path + "?reason=yes")
        #expect(typing.status == 200 && typing.text.contains("<textarea") && (refresh(of: typing)?.seconds ?? 0) > 1700)

        // Somebody else decides; the page finds out, and follows the run to its end.
        #expect(try server.admin("POST", "/approvals/\(pending.id)/approve").status == 200)
        let decided = try server.request("GET", try #require(refresh(of: page)).path)
        #expect(decided.status == 410 && decided.text.contains("Approved") && refresh(of: decided)?.seconds == 5)
        // A decision that comes too late leads the same way.
        let late = try server.post(pending.path, "decision=deny")
        #expect(late.status == 410 && refresh(of: late)?.path == refresh(of: decided)?.path)
        let next = try #require(refresh(of: decided)).path
        #expect(next != pending.path, "no browser may take it for the form's address")
        #expect(try server.request("GET", next).text.contains("again every 5 seconds"))
        try server.write("go", "")
        _ = try server.endedRun(ofApproval: pending.id)
        let over = try server.request("GET", next)
        #expect(over.status == 410 && over.text.contains("Succeeded") && refresh(of: over) == nil)
        #expect(server.lines("runs") == ["one"] && over.header("referrer-policy") == "no-referrer")
    }

    private func refresh(of page: TestResponse) -> (seconds: Int, path: String)? {
        page.text.firstMatch(of: /<meta http-equiv="refresh" content="(\d+);url=([^"]*)">/).flatMap { found in
            Int(found.1).map { ($0, String(found.2)) }
        }
    }

    @Test func deniedByLinkNeverRuns() throws {
        let server = try gatedServer()
        let pending = try server.ask()
        #expect(try server.post(pending.path, "decision=deny").status == 200)
        let later = try server.request("GET", pending.path)
        #expect(later.status == 410)
        #expect(later.text.lowercased().contains("denied"))
        #expect(try server.post(pending.path, "decision=approve").status == 410)
        try server.restart()
        #expect(try server.count("/runs") == 0)
        #expect(server.lines("runs").isEmpty)
    }

    @Test(arguments: ["", "decision=", "decision=maybe", "approve=1", "x"])
    func formWithoutDecisionChangesNothing(form: String) throws {
        let server = try gatedServer()
        let pending = try server.ask()
        #expect(try server.post(pending.path, form).status == 400)
        #expect(try server.approval(pending.id)["status"]?.string == "pending")
    }

    @Test func unknownLinksAre404() throws {
        let server = try gatedServer()
        let pending = try server.ask()
        let token = pending.token
        let changed = String(token.dropLast(4)) + (token.hasSuffix("AAAA") ? "BBBB" : "AAAA")
        for wrong in [changed, String(token.dropLast()), token + "A", "x", pending.id, token.uppercased()] {
            #expect(try server.request("GET", "/approve/\(wrong)").status == 404, "\(wrong)")
            #expect(try server.post("/approve/\(wrong)", "decision=approve").status == 404, "\(wrong)")
        }
        #expect(try server.approval(pending.id)["status"]?.string == "pending")
        let wrongMethod = try server.request("PUT", pending.path, body: [])
        #expect(wrongMethod.status == 405)
        #expect(wrongMethod.header("allow")?.contains("POST") == true)
    }

    /// The expiry is moved in the file while the server is down: a shorter timeout than a minute cannot be asked for.
    @Test func expiredWhileDownAndWhileUpNeverRuns() throws {
        let server = try gatedServer()
        let first = try server.ask()
        let second = try Pending(try server.deliver(id: "d-2"))
        try server.stop()
        let connection = try Connection(path: server.database, mode: .readWrite)
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        for table in ["approvals", "pending_approvals"] {
            try connection.execute("UPDATE \(table) SET expires_at = \(now - 1000) WHERE id = (SELECT min(id) FROM approvals)")
            try connection.execute("UPDATE \(table) SET expires_at = \(now + 1_500_000) WHERE id = (SELECT max(id) FROM approvals)")
        }
        try server.start()
        #expect(try server.post(first.path, "decision=approve").status == 410)
        for pending in [first, second] {
            #expect(try waited { try server.approval(pending.id)["status"]?.string == "expired" })
            let page = try server.request("GET", pending.path)
            #expect(page.status == 410)
            #expect(page.text.lowercased().contains("expired"))
            #expect(try server.post(pending.path, "decision=approve").status == 410)
            expectProblem(try server.admin("POST", "/approvals/\(pending.id)/approve"), 409, "already_decided")
        }
        // A late repeat of the delivery still names the approval that it made.
        #expect(try Pending(try server.deliver(id: "d-2")).id == second.id)
        #expect(try server.count("/runs") == 0)
        #expect(server.lines("runs").isEmpty)
    }
}
