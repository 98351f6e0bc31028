import CLI
import TestKit
import Testing

private let sent = "00000000-0007-8aaa-9bbb-ccccddddeeee"
private let other = "00000000-0008-8aaa-9bbb-ccccddddeeee"

private func row(_ id: String, _ status: String, channel: String = "ops", answer: String = "null", attempts: Int = 0) -> String {
    #"{"id":"\#(id)","kind":"test","status":"\#(status)","rule":"night \"jobs\"","condition":"failure","channel":"\#(channel)","destination":null,"#
        + #""endpoint":null,"event":null,"attempts":\#(attempts),"created_at":"2026-11-22T21:00:00.000Z","due_at":null,"last_answer":\#(answer),"settled_at":null}"#
}

private let rule =
    #"{"name":"night jobs\u001b[2J","condition":"failure","channel":"slack","destination":"https://hooks.example/********","channels":["ops"],"#
    + #""escalate":[{"after":"10m","channels":["boss"]}],"throttle":"5m","enabled":false,"origin":"file","updated_at":null,"problem":null}"#

struct AlertsCommandTests {
    private let path = "/alerts/night%20%22jobs%22"

    @Test func aTestWaitsForEveryAnswer() {
        let server = CannedServer([
            "POST \(path)/test": [.init(status: 202, body: #"{"notifications":[\#(row(sent, "pending")),\#(row(other, "pending", channel: "mail"))]}"#)],
            "GET /notifications/\(sent)": [.init(body: row(sent, "pending")), .init(body: row(sent, "sent", answer: #""HTTP 200: ok""#, attempts: 1))],
            "GET /notifications/\(other)": [.init(body: row(other, "sent", channel: "mail", answer: #""250 queued\u001b""#))],
        ])
        defer { server.stop() }
        let result = sluice("alerts", "test", "night \"jobs\"", environment: administrator(server))
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output == "sent\tops\t\tHTTP 200: ok\nsent\tmail\t\t250 queued\\x1b\n")
        #expect(result.errors.contains("waiting for 2 answers") && result.pauses == 1)
    }

    @Test func aRefusedTestFailsAndAnEndlessOneEnds() {
        let server = CannedServer([
            "POST \(path)/test": [.init(status: 202, body: #"{"notifications":[\#(row(sent, "pending")),\#(row(other, "pending"))]}"#)],
            "GET /notifications/\(sent)": [.init(body: row(sent, "dead", answer: #""404 no_service""#))],
            "GET /notifications/\(other)": [.init(body: row(other, "pending", answer: #""500""#))],
        ])
        defer { server.stop() }
        let result = sluice("alerts", "test", "night \"jobs\"", environment: administrator(server))
        #expect(result.code == 1 && result.output == "dead\tops\t\t404 no_service\npending\tops\t\t500\n")
        #expect(result.errors.contains("no answer yet") && result.pauses == 120)
        let quick = sluice("alerts", "test", "night \"jobs\"", "--no-wait", "--json", environment: administrator(server))
        #expect(quick.code == 0 && quick.pauses == 0 && quick.output.hasPrefix("[\n"))
    }

    @Test func rulesAreListedAndShownMadeHarmless() {
        let server = CannedServer(["GET /alerts": [.init(body: Sample.list(rule))], "GET /alerts/x": [.init(body: rule)]])
        defer { server.stop() }
        let list = sluice("alerts", "list", environment: administrator(server))
        #expect(list.output == "night jobs\\x1b[2J\tdisabled\tfailure\t\tslack: https://hooks.example/********, ops\tfile\n")
        let shown = sluice("alerts", "show", "x", environment: administrator(server)).output
        for part in ["disabled", "slack: https://hooks.example/********", "ops", "after 10m  boss", "throttle", "5m", "file"] {
            #expect(shown.contains(part), "\(part) in \(shown)")
        }
        #expect(!shown.contains("\u{1B}"))
    }

    @Test func aRuleIsShownWithItsWarnings() {
        let warned = #"{"name":"x","enabled":true,"warnings":[{"field":"when","message":"$status is never 'lo\u001bst'"}]}"#
        let server = CannedServer(["GET /alerts/x": [.init(body: warned)]])
        defer { server.stop() }
        let shown = sluice("alerts", "show", "x", environment: administrator(server)).output
        #expect(shown.contains("warning") && shown.contains("when: $status is never 'lo\\x1bst'"), "\(shown)")
    }

    @Test func switchingAndEndingGoOnBehindARefusal() {
        let server = CannedServer([
            "PATCH /alerts/a": [.init(status: 404, type: "application/problem+json", body: #"{"detail":"there is no such rule"}"#)],
            "PATCH /alerts/b": [.init(body: rule)], "DELETE /alerts/b": [.init(status: 204)],
        ])
        defer { server.stop() }
        let result = sluice("alerts", "disable", "a", "b", environment: administrator(server))
        #expect(result.code == 1 && result.output == "disabled b\n" && result.errors.contains("a: there is no such rule"))
        #expect(server.requests.last?.body == #"{"enabled":false}"#)
        #expect(sluice("alerts", "enable", "b", environment: administrator(server)).output == "enabled b\n")
        #expect(sluice("alerts", "delete", "b", environment: administrator(server)).output == "deleted b\n")
    }

    @Test func aSwitchedRuleOfTheFileIsAsTheFileSaysAgain() {
        let server = CannedServer([
            "GET /alerts/a": [.init(body: rule)], "PATCH /alerts/a": [.init(body: rule)],
            "GET /alerts/b": [.init(body: #"{"name":"b","enabled":false,"origin":"api"}"#)],
        ])
        defer { server.stop() }
        let result = sluice("alerts", "reset", "b", "a", environment: administrator(server))
        #expect(result.code == 1 && result.output == "a is disabled, as the file says\n" && result.errors.contains("b: this is a rule of the API"))
        #expect(server.requests.last?.body == #"{"enabled":null}"#)
        #expect(server.requests.count { $0.method == "PATCH" } == 1)
    }

    @Test func aRuleIsMadeFromJSON() {
        let answer = #"{"name":"x","warnings":[{"field":"endpoint","message":"there is no endpoint 'deplox'"}]}"#
        let server = CannedServer(["POST /alerts": [.init(status: 201, body: answer)]])
        defer { server.stop() }
        let made = sluice("alerts", "create", "-", environment: administrator(server), input: #"{"name":"x"}"#)
        #expect(made.code == 0 && made.output == "created x\n" && made.errors.contains("warning: endpoint: there is no endpoint"))
        #expect(server.requests.last?.body == #"{"name":"x"}"#)
        for input in ["{", "[]", ""] { #expect(sluice("alerts", "create", "-", environment: administrator(server), input: input).code == 1) }
        #expect(sluice("alerts", "create", "/nowhere/x.json", environment: administrator(server)).code == 1)
        #expect(server.requests.count == 1)
    }

    @Test func notificationsAreListedShownAndSentAgain() {
        let dead = row(sent, "dead", answer: #""404 no_service""#, attempts: 3)
        let server = CannedServer([
            "GET /notifications": [.init(body: Sample.list(dead))], "GET /notifications/\(sent)": [.init(body: dead)],
            "POST /notifications/\(sent)/resend": [.init(status: 202, body: dead)],
            "POST /notifications/\(other)/resend": [.init(status: 409, type: "application/problem+json", body: #"{"detail":"this notification is sent"}"#)],
        ])
        defer { server.stop() }
        let list = sluice(
            "notifications", "list", "--status", "dead", "--kind", "test", "--rule", "a b", "--endpoint", "x", environment: administrator(server))
        #expect(list.output == "\(sent)\tdead\ttest\tnight \"jobs\"\tfailure\t\tops\t3\t2026-11-22T21:00:00.000Z\t404 no_service\n")
        #expect(server.requests.last?.path == "/notifications?status=dead&kind=test&rule=a%20b&endpoint=x&limit=50")
        let shown = sluice("notifications", "show", sent, environment: administrator(server)).output
        #expect(shown.contains("404 no_service") && shown.contains("dead"))
        let again = sluice("notifications", "resend", sent, other, environment: administrator(server))
        #expect(again.code == 1 && again.output == "to be sent now: \(sent)\n" && again.errors.contains("is sent"))
    }

    @Test func silencesAreAddedListedAndEnded() {
        let silence =
            #"{"id":"\#(sent)","rule":"night *","endpoint":null,"reason":"known","author":"admin token","created_at":"2026-11-22T21:00:00.000Z","until":"2026-11-22T23:10:00.000Z","active":true}"#
        let server = CannedServer([
            "POST /silences": [.init(status: 201, body: silence)], "GET /silences": [.init(body: Sample.list(silence))],
            "DELETE /silences/\(sent)": [.init(status: 204)],
        ])
        defer { server.stop() }
        let added = sluice("silences", "add", "--rule", "night *", "--for", "2h", "--reason", "known", environment: administrator(server))
        #expect(added.code == 0 && added.output == "silent until 2026-11-22T23:10:00.000Z: \(sent)\n")
        #expect(server.requests.last?.body == #"{"rule":"night *","duration":"2h","reason":"known"}"#)
        #expect(
            sluice("silences", "list", environment: administrator(server)).output
                == "\(sent)\tnight *\t\t2026-11-22T23:10:00.000Z\tadmin token\tknown\n")
        #expect(sluice("silences", "list", environment: administrator(server), isTerminal: true).output.contains("in 2h"))
        #expect(sluice("silences", "end", sent, environment: administrator(server)).output == "ended \(sent)\n")
    }

    @Test func aSilenceThatFitsNothingIsNoted() {
        let answer = #"{"id":"\#(sent)","until":"2026-11-22T23:10:00.000Z","warnings":[{"field":"rule","message":"no rule's name fits 'x\u001b*'"}]}"#
        let server = CannedServer(["POST /silences": [.init(status: 201, body: answer)]])
        defer { server.stop() }
        let added = sluice("silences", "add", "--rule", "x*", "--for", "2h", "--reason", "known", environment: administrator(server))
        #expect(added.code == 0 && added.errors == "sluice: warning: rule: no rule's name fits 'x\\x1b*'\n", "\(added.errors)")
    }

    @Test(arguments: [
        ["alerts"], ["alerts", "explode"], ["alerts", "test"], ["alerts", "test", ".."], ["alerts", "show", ""], ["alerts", "create"],
        ["notifications", "show", "../x"], ["notifications", "list", "--limit", "0"], ["silences", "add", "--for", "2h"],
        ["silences", "add", "--reason", "r"], ["silences", "add", "--reason", "r", "--for", "2h", "--until", "x"], ["silences", "end"],
    ])
    func misuseEndsWithTwo(_ arguments: [String]) { #expect(sluice(all: arguments, environment: ["SLUICE_URL": "http://127.0.0.1:9"]).code == 2) }

    @Test(arguments: ["alerts", "notifications", "silences"]) func theHelpListsIt(_ command: String) {
        #expect(sluice("--help").output.contains("\n  \(command)"))
        #expect(sluice(command, "--help").output.contains("usage: sluice \(command)"))
        #expect(sluice("help", command, "list").output.contains("usage: sluice \(command) list"))
    }
}
