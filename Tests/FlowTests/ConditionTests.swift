import Gates
import Model
import Posix
import Store
import TestKit
import Testing
import Triggers

private struct NotTaken: Error {}

/// Conditions decide whether a request is taken and whether it asks; arguments come from payloads.
@Suite struct ConditionTests {
    private let rule = GateRule { gate($0, $1) }

    private func hook(_ change: @escaping (inout EndpointSettings) -> Void) throws -> CompiledEndpoint {
        try compiled("echo ${branch} ${who}") {
            $0.trigger = .webhook
            $0.webhookSource = .generic
            $0.arguments = [Argument(name: "branch", payloadPath: "ref"), Argument(name: "who", defaultValue: "nobody", payloadPath: "pusher.name")]
            change(&$0)
        }
    }

    private func verdict(_ endpoint: CompiledEndpoint, _ body: String) -> WebhookVerdict {
        Array(body.utf8).withUnsafeBytes {
            endpoint.receive(WebhookMessage(body: $0, headers: [], peer: "192.0.2.7", receivedAt: start), gate: rule)
        }
    }

    /// "run", "ask: reason", "ignore", or the refusal; then the argv.
    private func label(_ endpoint: CompiledEndpoint, _ body: String) -> String {
        switch verdict(endpoint, body) {
        case .accept(let call):
            let argv = CallSpec(json: String(decoding: call.spec.json, as: UTF8.self))?.argv.dropFirst().joined(separator: "|") ?? "?"
            return (call.gate == .run ? "run" : "ask") + " \(argv)"
        case .ignore: return "ignore"
        case .ping, .challenge: return "ping"
        case .refuse(let refusal, _): return "\(refusal.status) \(refusal.code)"
        }
    }

    @Test(arguments: [
        (#"{"ref":"main"}"#, "ask main|nobody"), (#"{"ref":"dev","pusher":{"name":"a b; c"}}"#, "run dev|a b; c"), (#"{"ref":"tag"}"#, "ignore"),
        (#"{"ref":"main","pusher":{"name":null}}"#, "ask main|nobody"), (#"{"ref":"main","pusher":{"name":7.50}}"#, "ask main|7.50"),
        (#"{"ref":"main","pusher":{"name":{"a":1}}}"#, "422 invalid_argument"), (#"{"ref":"tag","pusher":{"name":{"a":1}}}"#, "ignore"),
        (#"{"ref":"main","pusher":{"name":"a\u0000b"}}"#, "422 invalid_argument"), (#"{"ref":"main""#, "400 malformed_json"), ("", "400 malformed_json"),
        (#"{"ref":"dev","ref":"main"}"#, "400 malformed_json"), (#"{}"#, "ignore"), (#"["main"]"#, "ignore"),
    ])
    func `a delivery is left out, runs or asks by its payload`(_ body: String, _ expected: String) throws {
        let endpoint = try hook {
            $0.condition = #"ref in ["main", "dev"]"#
            $0.approvalRequired = true
            $0.approvalCondition = #"ref == "main""#
        }
        #expect(label(endpoint, body) == expected)
    }

    @Test func `a required argument that the payload lacks refuses the delivery`() throws {
        let endpoint = try hook { $0.arguments[0].isRequired = true }
        #expect(label(endpoint, "{}") == "422 missing_argument")
        #expect(label(endpoint, #"{"ref":"x"}"#) == "run x|nobody")
        #expect(label(endpoint, #"{"ref":"\#(String(repeating: "x", count: 65_537))"}"#) == "422 invalid_argument")
    }

    /// A payload that cannot be read gates; the reason says so.
    @Test func `the gate fails closed`() throws {
        let endpoint = try compiled("cat") {
            $0.trigger = .webhook
            $0.approvalRequired = true
            $0.approvalCondition = #"ref == "main""#
        }
        for (body, reason) in [
            (#"{"ref":"main"}"#, "approval_required: when ref == \"main\""),
            ("no JSON", "the payload cannot be read (line 1, column 1: unknown word: only true, false and null may stand without quotes), so this could not be decided: when ref == \"main\""),
        ] {
            guard case .accept(let call) = verdict(endpoint, body) else {
                Issue.record("not taken: \(body)")
                continue
            }
            #expect(call.gate == .ask(timeoutMinutes: 30, reason: reason))
        }
        guard case .accept(let call) = verdict(endpoint, #"{"ref":"dev"}"#) else { throw NotTaken() }
        #expect(call.gate == .run)
        var settings = endpoint.settings
        #expect(gate(settings, .absent) != .run, "nobody asked the condition")
        settings.approvalCondition = nil
        #expect(gate(settings, .fails) == .ask(timeoutMinutes: 30))
        settings.approvalRequired = false
        #expect(gate(settings, .holds) == .run)
    }

    @Test func `calls are judged by their body and their arguments`() throws {
        let endpoint = try compiled("echo") {
            $0.arguments = [Argument(name: "env", defaultValue: "test")]
            $0.condition = #"$args.env != "none" and $trigger == "api" and $method == "POST""#
            $0.approvalRequired = true
            $0.approvalCondition = #"$args.env == "production" or force"#
        }
        func call(_ body: String, _ query: [(String, String)] = []) throws -> GateVerdict {
            try Array(body.utf8).withUnsafeBytes {
                try endpoint.freezeCall(
                    body: $0, query: query, requestedBy: "ci", idempotencyKey: nil, mayNameCallback: false, gate: rule, at: start
                ).gate
            }
        }
        #expect(try call("") == .run && call(#"{"env":"dev"}"#) == .run)
        #expect(try call(#"{"env":"production"}"#) != .run && call("", [("env", "production")]) != .run && call(#"{"force":true}"#) != .run)
        #expect(throws: Refusal(409, "condition_not_met", "this endpoint takes only calls for which its condition holds")) { try call(#"{"env":"none"}"#) }
    }

    /// With the argument in the query the body would have nothing there, and the gate would stay open.
    @Test(arguments: ["env == \"production\"", "$body.env != null", "env.deeper", "not exists $body", "$body contains \"env\"", "other or env"])
    func `a call that is judged by an argument's place in the body is refused`(_ condition: String) throws {
        func endpoint(_ change: (inout EndpointSettings) -> Void) throws -> CompiledEndpoint {
            try compiled("echo ${env}") {
                $0.arguments = [Argument(name: "env")]
                change(&$0)
            }
        }
        for trigger in TriggerKind.allCases {
            let changes: [(inout EndpointSettings) -> Void] = [
                { $0.condition = condition }, { ($0.approvalRequired, $0.approvalCondition) = (true, condition) },
            ]
            for change in changes {
                let made = Result {
                    try endpoint {
                        $0.trigger = trigger
                        change(&$0)
                    }
                }
                switch made {
                case .success: #expect(trigger == .webhook, "\(condition) is taken")
                case .failure(let error):
                    #expect(trigger == .http && (error as? Refusal)?.code == "invalid_endpoint", "\(error)")
                }
            }
        }
        #expect(throws: Never.self) { try endpoint { $0.condition = "envs == 1 and other.env == 1 and $args.env != null" } }
    }

    @Test func `a schedule has no payload and asks where one would decide`() throws {
        func schedules(_ condition: String) throws -> EndpointSchedules {
            let endpoint = try compiled("echo") {
                $0.arguments = [Argument(name: "env", defaultValue: "test")]
                $0.ownSchedule.expression = "0 3 * * *"
                $0.approvalRequired = true
                $0.approvalCondition = condition
                var other = ScheduleSettings()
                other.name = "other"
                other.expression = "0 4 * * *"
                other.arguments = ["env": "production"]
                $0.furtherSchedules = [other]
            }
            return EndpointSchedules([endpoint], further: []) { _ in }
        }
        let byArguments = try schedules(#"$args.env == "production""#)
        #expect((0...1).map { byArguments.finding($0) } == [.fails, .holds])
        #expect((0...1).map { byArguments.summary($0).isGated } == [false, true])
        var endpoint = EndpointSettings()
        endpoint.name = "e"
        endpoint.command = "true"
        endpoint.ownSchedule.expression = "0 3 * * *"
        endpoint.approvalRequired = true
        let actions = try [#"ref == "main""#, #"$trigger != "schedule""#].map { condition in
            endpoint.approvalCondition = condition
            let fires = try Simulation(endpoints: [endpoint], further: [], crontabs: []).fires(from: 0, to: 86_400, limit: 10)
            return fires.map(\.action)
        }
        #expect(actions == [[.approval], [.run]])
        let byPayload = try schedules(#"ref == "main""#)
        #expect(byPayload.finding(0) == .undecided("a schedule has no payload") && byPayload.summary(0).isGated)
        #expect(try schedules(#"$trigger == "webhook" and ref == "main""#).finding(0) == .fails)
    }

    @Test func `a call is judged anew under settings that came between`() throws {
        let before = try hook { $0.approvalRequired = false }
        guard case .accept(let call) = verdict(before, #"{"ref":"main"}"#) else { throw NotTaken() }
        let after = try hook {
            $0.approvalRequired = true
            $0.approvalCondition = #"ref == "main""#
            $0.arguments[0].payloadPath = "pusher.name"
        }
        let again = try after.refreeze(call, from: before, gate: rule)
        #expect(again.gate == .ask(timeoutMinutes: 30, reason: "approval_required: when ref == \"main\""))
        #expect(CallSpec(json: String(decoding: again.spec.json, as: UTF8.self))?.argv == ["echo", "nobody"])
        let other = try hook { $0.condition = "false" }
        #expect(throws: Refusal.endpointChanged) { try other.refreeze(call, from: before, gate: rule) }
    }
}
