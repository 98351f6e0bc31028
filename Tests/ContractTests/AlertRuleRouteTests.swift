import Foundation
import JSON
import TestKit
import Testing

let alertConfig = """
    version: 1
    endpoints:
      - name: deploy
        command: ./record.sh
        public: true
        approval_required: true
      - {name: night-backup, command: "true", public: true}
    channels:
      ops: {type: slack, url: $SLACK_HOOK}
    alerts:
      - {name: file rule, condition: failure, channel: slack, destination: "https://hooks.example/services/T1/FILESECRET"}
      - {name: "a/b & ünïcode?", condition: success, channels: [ops], enabled: false}
    """

func alertServer(_ config: String = alertConfig) throws -> SluiceProcess {
    try SluiceProcess(
        config: config, files: recordScript,
        environment: ["SLACK_HOOK": "http://127.0.0.1:9/services/T1/ENVSECRET", "SLACK_SIGNING": slackSigningSecret])
}

/// A segment of a path.
func segment(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }

/// Rules over the API: made, changed, switched, tested, ended; and their secrets, which nobody sees.
@Suite struct AlertRuleRouteTests {
    private func create(_ server: SluiceProcess, _ body: String) throws -> TestResponse { try server.admin("POST", "/alerts", body) }

    @Test func rulesOfTheFileAndOfTheAPIAreListedWithoutSecrets() throws {
        let server = try alertServer()
        let made = try create(server, #"{"name":"nights","condition":"failure","endpoint":"night-*","channel":"webhook","destination":"https://u:p@api.example:8443/hook/APISECRET?t=APISECRET"}"#)
        #expect(made.status == 201 && made.header("location") == "/alerts/nights", "\(made.text)")
        #expect(made.member("destination") == "https://api.example:8443/********" && made.member("origin") == "api")
        let list = try server.admin("GET", "/alerts")
        let items = try #require(list.json["items"]?.array)
        #expect(items.map { $0["name"]?.string } == ["file rule", "a/b & ünïcode?", "nights"])
        #expect(items.map { $0["origin"]?.string } == ["file", "file", "api"])
        #expect(items.map { $0["enabled"]?.bool } == [true, false, true])
        #expect(items.allSatisfy { $0["problem"]?.isNull == true })
        for secret in ["FILESECRET", "APISECRET", "ENVSECRET", "u:p"] {
            #expect(!list.text.contains(secret) && !made.text.contains(secret), "\(secret)")
        }
        let first = try server.admin("GET", "/alerts?limit=2")
        #expect(first.json["items"]?.array?.count == 2 && first.member("next_cursor") == "2")
        #expect(try server.admin("GET", "/alerts?limit=2&cursor=2").json["items"]?.array?.map { $0["name"]?.string } == ["nights"])
        #expect(try server.admin("GET", "/alerts?cursor=99999999999").json["items"]?.array?.isEmpty == true)
        #expect(try column(server, "SELECT settings FROM alert_rules").joined().contains("APISECRET"), "kept as it is")
        for path in ["/alerts", "/alerts/nights", "/notifications", "/silences"] { expectProblem(try server.request("GET", path), 401) }
    }

    @Test(arguments: ["a/b & ünïcode?", "%2F", "100% \"quotes\" <b>", "..."]) func namesAreFreeText(_ name: String) throws {
        let server = try alertServer("version: 1\nendpoints:\n  - {name: x, command: \"true\"}\n")
        let body: JSONValue = ["name": .string(name), "condition": "failure", "channel": "webhook", "destination": "http://127.0.0.1:9/x"]
        let made = try create(server, body.encodedText())
        #expect(made.status == 201, "\(made.text)")
        let path = "/alerts/\(segment(name))"
        #expect(try server.admin("GET", path).member("name") == name)
        #expect(try server.admin("PATCH", path, #"{"enabled":false}"#).json["enabled"]?.bool == false)
        expectProblem(try create(server, body.encodedText()), 409, "rule_exists")
        #expect(try server.admin("DELETE", path).status == 204)
        expectProblem(try server.admin("GET", path), 404, "unknown_rule")
        expectProblem(try server.admin("DELETE", path), 404, "unknown_rule")
    }

    static let mistakes: [(body: String, field: String)] = [
        (#"{"condition":"failure","channels":["ops"]}"#, "name"),
        (#"{"name":"x","channels":["ops"]}"#, "condition"),
        (#"{"name":"x","condition":"explodes","channels":["ops"]}"#, "condition"),
        (#"{"name":"x","condition":"failure","channels":["nobody"]}"#, "channels[0]"),
        (#"{"name":"x","condition":"failure","channel":"nobody"}"#, "channel"),
        (#"{"name":"x","condition":"failure"}"#, ""),
        (#"{"name":"x","condition":"failure","channels":["ops"],"colour":"red"}"#, "colour"),
        (#"{"name":"x","condition":"failure","channel":"slack","destination":"ftp://h/x"}"#, "destination"),
        (#"{"name":"x","condition":"failure","channel":"slack","destination":"$NOT_SET"}"#, "destination"),
        (#"{"name":"x","condition":"failure","channel":"email","destination":"a@example.org"}"#, "destination"),
        (#"{"name":"x","condition":"failure","channel":"slack","destination":"https://hooks.example/********"}"#, "destination"),
        (#"{"name":"x","condition":"failure","channel":"pagerduty","destination":"********"}"#, "destination"),
        (#"{"name":"x","condition":"failure","channels":["ops"],"when":"a =="}"#, "when"),
        (#"{"name":"..","condition":"failure","channels":["ops"]}"#, "name"),
        (#"{"name":"a\u0000b","condition":"failure","channels":["ops"]}"#, "name"),
        (#"{"name":"x","condition":"approval_pending","channels":["ops"],"escalate":[{"after":"5m","channels":["ops","nobody"]}]}"#, "escalate[0].channels[1]"),
    ]

    @Test func whatIsWrongIsToldWithItsPlace() throws {
        let server = try alertServer()
        for (body, field) in Self.mistakes {
            let answer = try create(server, body)
            expectProblem(answer, 422, "invalid_rule")
            let fields = answer.json["errors"]?.array?.compactMap { $0["field"]?.string } ?? []
            #expect(fields.contains(field), "\(body): \(fields)")
        }
        expectProblem(try create(server, "{"), 400, "malformed_json")
        expectProblem(try create(server, "[]"), 400, "body_not_an_object")
        #expect(try server.count("/alerts") == 2)
        let warned = try create(server, #"{"name":"x","condition":"failure","endpoint":"deplox","channels":["ops"]}"#)
        #expect(warned.status == 201 && warned.json["warnings"]?[0]?["field"]?.string == "endpoint", "\(warned.text)")
    }

    @Test func aRuleThatNeverTellsIsTakenWithAWarning() throws {
        let server = try alertServer()
        func warned(_ condition: String, _ endpoint: String, _ more: String = "") throws -> [String?] {
            let body = #"{"name":"\#(condition) \#(endpoint)","condition":"\#(condition)","endpoint":"\#(endpoint)","channels":["ops"]\#(more)}"#
            let made = try create(server, body)
            #expect(made.status == 201, "\(made.text)")
            return made.json["warnings"]?.array?.map { $0["field"]?.string } ?? []
        }
        #expect(try warned("approval_pending", "deploy") == [])
        #expect(try warned("approval_pending", "night-*") == ["condition"])
        #expect(try warned("schedule_missed", "deploy") == ["condition"])
        #expect(try warned("failure", "deploy", #","when":"$status == \"lost\" or $source == \"webhook\"""#) == ["when", "when"])
        // The endpoints are asked as they are now.
        let made = try server.admin("POST", "/endpoints", #"{"name":"night-new","command":"true","approval_required":true,"schedule":"0 3 * * *"}"#)
        #expect(made.status == 201, "\(made.text)")
        #expect(try warned("approval_expired", "night-*") == [] && warned("schedule_missed", "*") == [])
        let changed = try server.admin("PATCH", "/alerts/approval_pending%20deploy", #"{"for":"2h"}"#)
        #expect(changed.status == 200 && changed.json["warnings"]?[0]?["field"]?.string == "for", "\(changed.text)")
    }

    /// What holds now counts, not what held when the rule was made.
    @Test func storedRulesAreListedWithWhatIsWrongWithThemNow() throws {
        let server = try alertServer()
        func make(_ name: String, _ rest: String) throws -> JSONValue? {
            let made = try create(server, #"{"name":"\#(name)","condition":"failure","channels":["ops"]\#(rest)}"#)
            #expect(made.status == 201, "\(made.text)")
            return made.json["warnings"]
        }
        func listed(_ name: String) throws -> JSONValue? {
            let one = try server.admin("GET", "/alerts/\(name)").json["warnings"]
            let all = try server.admin("GET", "/alerts").json["items"]?.array ?? []
            #expect(all.first { $0["name"]?.string == name }?["warnings"] == one)
            return one
        }
        #expect(try make("fine", "") == nil && listed("fine") == nil)
        let warned = try make("lost", #","when":"$status == \"lost\"""#)
        #expect(try warned?.array?.count == 1 && listed("lost") == warned)
        let early = try make("early", #","endpoint":"later-*""#)
        #expect(early?[0]?["field"]?.string == "endpoint" && early?[0]?["message"]?.string?.contains("later-*") == true)
        #expect(try listed("early") == early)
        let made = try server.admin("POST", "/endpoints", #"{"name":"later-1","command":"true"}"#)
        #expect(made.status == 201, "\(made.text)")
        #expect(try listed("early") == nil)
        #expect(try server.admin("DELETE", "/endpoints/later-1").status == 204)
        #expect(try listed("early") == early)

        // The page says the same beside the rule.
        let jar = try server.post("/login", "token=\(SluiceProcess.adminToken)").header("set-cookie")?.split(separator: ";").first
        let page = try server.request("GET", "/dashboard/alerts", headers: [("Cookie", String(try #require(jar)))])
        #expect(page.text.components(separatedBy: "Warning: ").count == 3, "one for each of two rules")
        #expect(page.text.contains("$status is never &#39;lost&#39;") && page.text.contains("no endpoint&#39;s name fits &#39;later-*&#39;"))
    }

    @Test func aRuleOfTheFileIsOnlySwitched() throws {
        let server = try alertServer()
        let path = "/alerts/\(segment("a/b & ünïcode?"))"
        expectProblem(try server.admin("PATCH", path, #"{"enabled":true,"condition":"failure"}"#), 409, "defined_in_file")
        expectProblem(try server.admin("DELETE", path), 409, "defined_in_file")
        expectProblem(try create(server, #"{"name":"file rule","condition":"failure","channels":["ops"]}"#), 409, "rule_exists")
        expectProblem(try server.admin("PATCH", path, #"{"enabled":"yes"}"#), 422, "invalid_rule")
        #expect(try server.admin("GET", path).json["enabled"]?.bool == false)
        let switched = try server.admin("PATCH", path, #"{"enabled":true}"#)
        #expect(switched.json["overridden"]?.array?.compactMap(\.string) == ["enabled"], "\(switched.text)")
        #expect(switched.json["enabled"]?.bool == true && switched.member("origin") == "file" && switched.member("updated_at") != nil)
        try server.restart()
        #expect(try server.admin("GET", path).json["enabled"]?.bool == true, "it outlives a restart")
        let reset = try server.admin("PATCH", path, #"{"enabled":null}"#)
        #expect(reset.json["enabled"]?.bool == false && reset.json["overridden"]?.array?.isEmpty == true, "null is the file's value")
    }

    @Test func shownDestinationsMayBeSentBackAndStay() throws {
        let server = try alertServer()
        let hooks = ["https://hooks.example/services/AAA", "https://hooks.example/services/BBB"]
        let made = try create(
            server,
            #"{"name":"two","condition":"approval_pending","channel":"slack","destination":"\#(hooks[0])","channels":["ops",{"channel":"slack","destination":"\#(hooks[1])"}],"escalate":[{"after":"10m","channel":"webhook","destination":"https://esc.example/CCC"}]}"#)
        #expect(made.status == 201, "\(made.text)")
        func stored() throws -> String { try column(server, "SELECT settings FROM alert_rules WHERE name = 'two'").joined() }
        // All of it as it was shown.
        var shown = try #require(try server.admin("GET", "/alerts/two").json.object)
        for name in ["origin", "overridden", "problem", "updated_at"] { shown[name] = nil }
        shown["text"] = "{endpoint} wants somebody"
        let changed = try server.admin("PATCH", "/alerts/two", JSONValue.object(shown).encodedText())
        #expect(changed.status == 200 && changed.member("text") == "{endpoint} wants somebody", "\(changed.text)")
        for secret in ["AAA", "BBB", "CCC"] {
            #expect(try stored().contains(secret), "\(secret)")
            #expect(!changed.text.contains(secret))
        }
        // One of two that look alike: nobody knows which.
        expectProblem(
            try server.admin("PATCH", "/alerts/two", #"{"channel":"slack","destination":"https://hooks.example/********"}"#), 422, "invalid_rule")
        // Of another kind: there is none.
        expectProblem(
            try server.admin("PATCH", "/alerts/two", #"{"channel":"webhook","destination":"https://esc.example/********"}"#), 422, "invalid_rule")
        #expect(try server.admin("PATCH", "/alerts/two", #"{"condition":"approval_expiring","threshold":"20m"}"#).member("threshold") == "20m")
        #expect(try stored().contains("AAA"), "other fields leave them alone")
        #expect(try server.admin("PATCH", "/alerts/two", #"{"channel":"slack","destination":"https://hooks.example/NEW","channels":null}"#).status == 200)
        #expect(try stored().contains("NEW") && !stored().contains("AAA"))
        expectProblem(try server.admin("PATCH", "/alerts/two", #"{"name":"other"}"#), 422, "name_is_fixed")
    }

    @Test func aTestIsQueuedForEachDestinationAndShownWithoutSecrets() throws {
        let server = try alertServer()
        _ = try create(
            server, #"{"name":"both","condition":"failure","enabled":false,"channels":["ops",{"channel":"webhook","destination":"http://127.0.0.1:9/SECRETPATH"}]}"#)
        let answer = try server.admin("POST", "/alerts/both/test")
        #expect(answer.status == 202, "\(answer.text)")
        let rows = try #require(answer.json["notifications"]?.array)
        #expect(rows.map { $0["channel"]?.string } == ["ops", "webhook"] && rows.allSatisfy { $0["kind"]?.string == "test" })
        #expect(rows[1]["destination"]?.string == "http://127.0.0.1:9/********" && rows[0]["destination"]?.isNull == true)
        let id = try #require(rows[1]["id"]?.string)
        let one = try server.admin("GET", "/notifications/\(id)")
        #expect(one.member("rule") == "both" && one.member("channel") == "webhook" && one.json["approval_id"]?.isNull == true)
        let listed = try server.admin("GET", "/notifications?kind=test&rule=both")
        #expect(listed.json["items"]?.array?.count == 2)
        for text in [answer.text, one.text, listed.text] { #expect(!text.contains("SECRET")) }
        #expect(try server.admin("GET", "/notifications?rule=nobody&status=").json["items"]?.array?.isEmpty == true)
        expectProblem(try server.admin("POST", "/alerts/nobody/test"), 404, "unknown_rule")
        for wrong in ["status=lost", "kind=x", "limit=0", "cursor=x"] {
            expectProblem(try server.admin("GET", "/notifications?\(wrong)"), 422, "invalid_parameter")
        }
        for wrong in ["00000000-0001-8000-8000-000000000000", "x", "%00"] where wrong != "%00" {
            expectProblem(try server.admin("GET", "/notifications/\(wrong)"), 404, "unknown_notification")
            expectProblem(try server.admin("POST", "/notifications/\(wrong)/resend"), 404, "unknown_notification")
        }
    }

    @Test func aTestReachesItsDestinationAndTheLogHasTheAnswer() throws {
        let server = try alertServer()
        let (good, bad) = (try HookReceiver(statuses: [200]), try HookReceiver(statuses: [404]))
        let body: JSONValue = [
            "name": "both", "condition": "failure",
            "channels": [["channel": "webhook", "destination": .string(good.url)], ["channel": "webhook", "destination": .string(bad.url)]],
        ]
        #expect(try create(server, body.encodedText()).status == 201)
        #expect(try server.admin("POST", "/alerts/both/test").status == 202)
        func item(_ receiver: HookReceiver) throws -> JSONValue? {
            try server.admin("GET", "/notifications?rule=both").json["items"]?.array?.first {
                $0["destination"]?.string == "http://127.0.0.1:\(receiver.port)/********"
            }
        }
        #expect(try waited { try item(good)?["status"]?.string == "sent" && item(bad)?["status"]?.string == "dead" })
        #expect(good.received.count == 1 && bad.received.count == 1)
        #expect(try item(bad)?["last_answer"]?.string?.contains("404") == true && item(bad)?["attempts"]?.int == 1)
        let id = try #require(try item(bad)?["id"]?.string)
        expectProblem(try server.admin("POST", "/notifications/\(try #require(try item(good)?["id"]?.string))/resend"), 409, "not_resendable")
        #expect(try server.admin("POST", "/notifications/\(id)/resend").status == 202)
        #expect(try waited { bad.received.count == 2 })
        let metrics = try server.request("GET", "/metrics").text
        #expect(metrics.contains("sluice_notifications_sent_total{channel=\"webhook\"} 1\n"), "\(metrics)")
        #expect(metrics.contains("sluice_notifications_open{status=\"pending\"}"))
    }

    @Test func changesAtTheSameTimeAllHold() throws {
        let server = try alertServer()
        _ = try create(server, #"{"name":"busy","condition":"failure","channels":["ops"]}"#)
        let fields = [#""burst":7"#, #""throttle":"5m""#, #""for":"1m""#, #""endpoint":"deploy""#, #""text":"hello""#, #""group_wait":"30s""#]
        let statuses = concurrently(fields.count) { index in (try? server.admin("PATCH", "/alerts/busy", "{\(fields[index])}").status) ?? 0 }
        #expect(statuses.allSatisfy { $0 == 200 })
        let rule = try server.admin("GET", "/alerts/busy").json
        #expect(["burst", "throttle", "for", "endpoint", "text", "group_wait"].allSatisfy { rule[$0] != nil }, "\(rule.encodedText())")
        let creators = concurrently(8) { _ in (try? server.admin("POST", "/alerts", #"{"name":"once","condition":"failure","channels":["ops"]}"#).status) ?? 0 }
        #expect(creators.filter { $0 == 201 }.count == 1 && creators.filter { $0 == 409 }.count == 7)
    }
}
