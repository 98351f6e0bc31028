import Bytes
import Crypto
import Foundation
import JSON
import TestKit
import Testing

/// Conditions through the front door: what is sent decides whether it is ignored, runs or waits.
@Suite struct ConditionTests {
    private static let config = #"""
        version: 1
        endpoints:
          - name: deploy
            command: ./show.sh ${branch} ${who}
            trigger: webhook
            webhook_source: github
            secret: $HOOK_SECRET
            public: true
            when: $event == "push" and ref startswith "refs/heads/"
            approval_required: when ref == "refs/heads/main"
            args:
              - {name: branch, from: ref, required: true}
              - {name: who, from: pusher.name, default: nobody}
          - name: job
            command: ./show.sh ${env} -
            public: true
            when: '$args.env != "none"'
            approval_required: when $args.env == "production"
            args: [{name: env, default: test}]
        """#
    private static let script = [
        "show.sh": "#!/bin/sh\necho \"$1|$2|$SLUICE_EVENT|$SLUICE_DELIVERY_ID|$SLUICE_APPROVED_BY\" >> {dir}/shown\ncat > {dir}/stdin\n"
    ]

    private func server() throws -> SluiceProcess {
        try SluiceProcess(config: Self.config, files: Self.script, environment: ["HOOK_SECRET": githubSecret])
    }

    /// GitHub's own push, to another ref.
    private func push(to ref: String) throws -> String {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOf: URL(fileURLWithPath: "\(root)/fixtures/github/push.json"), encoding: .utf8)
        return text.replacingOccurrences(of: #""ref":"refs/tags/simple-tag""#, with: #""ref":"\#(ref)""#)
    }

    @Test func pushToMainWaitsToAnotherBranchRunsAndTagIsIgnored() throws {
        let server = try server()
        let gated = try Pending(try server.deliver("deploy", push(to: "refs/heads/main"), id: "d-1"))
        let approval = try server.approval(gated.id)
        #expect(approval["gate_reason"]?.string == #"approval_required: when ref == "refs/heads/main""#)
        #expect(approval["arguments"]?["branch"]?.string == "refs/heads/main")
        #expect(try server.request("GET", gated.path).text.contains("when ref == &quot;refs/heads/main&quot;"))
        #expect(server.lines("shown") == [])

        let ran = try server.deliver("deploy", push(to: "refs/heads/a $(touch x);b"), id: "d-2")
        #expect(ran.status == 202 && ran.member("status") == "accepted", "\(ran.text)")
        #expect(try server.endedRun(try #require(ran.member("run_id")))["status"]?.string == "succeeded")
        #expect(server.lines("shown") == ["refs/heads/a $(touch x);b|Codertocat|push|d-2|"])

        let tag = try server.deliver("deploy", push(to: "refs/tags/simple-tag"), id: "d-3")
        #expect(tag.status == 200 && tag.member("status") == "ignored")
        let issue = try server.deliver("deploy", push(to: "refs/heads/main"), id: "d-4", event: "issues")
        #expect(issue.member("status") == "ignored")
        let verdicts = try server.admin("GET", "/deliveries").json["items"]?.array?.map { $0["verdict"]?.string ?? "" }
        #expect(verdicts == ["ignored", "ignored", "accepted", "accepted"])
        let list = try server.admin("GET", "/deliveries").json["items"]?.array ?? []
        let rule = #"when: $event == "push" and ref startswith "refs/heads/""#
        #expect(list.map { $0["reason"]?.string } == [rule, rule, nil, nil])
        let printed = try server.command(["deliveries", "show", String((list[0]["id"]?.string ?? "").prefix(13))])
        #expect(printed.exitCode == 0 && printed.output.contains(rule), "\(printed.output)")
        #expect(try server.count("/approvals") == 1)

        #expect(try server.post(gated.path, "decision=approve").status == 200)
        #expect(try server.endedRun(ofApproval: gated.id)["status"]?.string == "succeeded")
        let shown = try #require(server.lines("shown").last)
        #expect(shown.hasPrefix("refs/heads/main|Codertocat|push|d-1|") && !shown.hasSuffix("|"), "\(shown)")
        #expect(fileText(server.file("stdin")) == (try push(to: "refs/heads/main")))
    }

    @Test func payloadWithoutRequiredArgumentIsRejectedAndRecorded() throws {
        let server = try server()
        let body = #"{"ref":"refs/heads/x","ref":"refs/heads/main"}"#
        expectProblem(try server.deliver("deploy", body, id: "d-1"), 400, "malformed_json")
        expectProblem(try server.deliver("deploy", #"{"ref":"refs/heads/x","pusher":{"name":[]}}"#, id: "d-2"), 422, "invalid_argument")
        #expect(try waited { try server.count("/deliveries/rejected") == 2 })
        let reasons = try server.admin("GET", "/deliveries/rejected").json["items"]?.array?.compactMap { $0["reason"]?.string } ?? []
        #expect(reasons.contains { $0.contains("at pusher.name is an array") } && reasons.contains { $0.contains("occurs twice") })
        #expect(server.lines("shown") == [])
    }

    @Test func callIsJudgedByItsArguments() throws {
        let server = try server()
        #expect(try server.call("job", #"{"env":"dev"}"#).status == 200)
        expectProblem(try server.call("job", #"{"env":"none"}"#), 409, "condition_not_met")
        let gated = try server.ask("job", #"{"env":"production"}"#)
        #expect(try server.approval(gated.id)["gate_reason"]?.string == #"approval_required: when $args.env == "production""#)
        _ = try server.ask("job?env=production", "")
        #expect(server.lines("shown") == ["dev|-|||"])
    }

    @Test func bothFormsOfTheGateAreTakenKeptAndGivenBack() throws {
        let server = try server()
        func gate() throws -> JSONValue? { try server.admin("GET", "/endpoints/job").json["approval_required"] }
        #expect(try gate() == .string(#"when $args.env == "production""#))
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"approval_required":true}"#).json["approval_required"] == true)
        _ = try server.ask("job", #"{"env":"dev"}"#)
        let text = #"{"approval_required":"when  $args.env == \"dev\"","when":null}"#
        #expect(try server.admin("PATCH", "/endpoints/job", text).json["approval_required"] == .string(#"when $args.env == "dev""#))
        try server.restart()
        #expect(try gate() == .string(#"when $args.env == "dev""#))
        _ = try server.ask("job", #"{"env":"dev"}"#)
        #expect(try server.call("job", #"{"env":"production"}"#).status == 200)
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"approval_required":false}"#).status == 200)
        #expect(try server.call("job", #"{"env":"dev"}"#).status == 200)
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"approval_required":null}"#).status == 200)
        #expect(try gate() == .string(#"when $args.env == "production""#))
        for broken in [#""when ref =""#, #""when $args.nope == null""#, #""when env == \"production\"""#, #""when $args.env > 1""#, #""maybe""#, "1", #""when""#] {
            let answer = try server.admin("PATCH", "/endpoints/job", #"{"approval_required":\#(broken)}"#)
            expectProblem(answer, 422, "invalid_endpoint")
            #expect(answer.json["errors"]?[0]?["field"]?.string == "approval_required")
        }
        expectProblem(try server.admin("PATCH", "/endpoints/job", #"{"when":"(a"}"#), 422, "invalid_endpoint")
        let created = #"{"name":"other","command":"echo ${env}","args":[{"name":"env"}],"approval_required":"when env == \"production\""}"#
        expectProblem(try server.admin("POST", "/endpoints", created), 422, "invalid_endpoint")
    }
}
