import Crypto
import Model
import Testing
import Triggers

/// Which events an endpoint takes.
@Suite struct EventFilterTests {
    private func github(_ event: String?, _ body: String) -> Sent {
        let headers = [("X-Hub-Signature-256", HMACKey("kit-secret").sign(body).hex)]
        return Sent(body, headers + (event.map { [("X-GitHub-Event", $0)] } ?? []))
    }

    @Test(arguments: [
        (["push"], "push", #"{}"#, true), (["push"], "pull_request", #"{"action":"opened"}"#, false),
        (["pull_request"], "pull_request", #"{"action":"opened"}"#, true), (["pull_request.opened"], "pull_request", #"{"action":"opened"}"#, true),
        (["pull_request.opened"], "pull_request", #"{"action":"closed"}"#, false), (["pull_request.opened"], "pull_request", "{}", false),
        (["pull_request.opened"], "pull_request", #"{"action":["opened"]}"#, false),
        (["pull_request.opened"], "pull_request", #"{"sub":{"action":"opened"}}"#, false),
        (["pull_request.opened"], "issues", #"{"action":"opened"}"#, false), (["issues.*"], "issues", #"{"action":"opened"}"#, true),
        (["issues.*"], "issues", "{}", true), (["issues.*"], "issue_comment", #"{"action":"created"}"#, false),
        (["*.opened"], "issues", #"{"action":"opened"}"#, true), (["*.opened"], "issues", #"{"action":"closed"}"#, false),
        (["*"], "push", "{}", true), (["*"], nil, "{}", true), (["push"], nil, "{}", false), (["check_*"], "check_run", "{}", true),
        (["*_request"], "pull_request", "{}", true), (["p*_*est"], "pull_request", "{}", true), (["p*_*esto"], "pull_request", "{}", false),
        (["a", "push"], "push", "{}", true), (["Push"], "push", "{}", false), ([], "push", "{}", true), ([], nil, "{}", true),
    ] as [([String], String?, String, Bool)])
    func `a word, a word with its action, and stars`(_ filter: [String], _ event: String?, _ body: String, _ isTaken: Bool) throws {
        #expect(github(event, body).label(try webhook(.github, events: filter)) == (isTaken ? "accept" : "ignore"))
    }

    @Test(arguments: [
        ("push", "accept"), ("Push Hook", "accept"), ("System Hook", "ignore"), ("tag_push", "ignore"), ("*push", "accept"), ("Push*", "accept"),
    ])
    func `GitLab's words are those of the header and of the body`(_ word: String, _ label: String) throws {
        let sent = Sent(#"{"object_kind":"push"}"#, [("X-Gitlab-Token", "kit-secret"), ("X-Gitlab-Event", "Push Hook")])
        #expect(sent.label(try webhook(.gitlab, events: [word])) == label)
    }

    @Test(arguments: [
        ("merge_request.open", "accept"), ("Merge Request Hook.open", "accept"), ("merge_request.close", "ignore"), ("merge_request", "accept"),
    ])
    func `GitLab's action stands below object_attributes`(_ word: String, _ label: String) throws {
        let body = #"{"object_kind":"merge_request","object_attributes":{"action":"open"}}"#
        let sent = Sent(body, [("X-Gitlab-Token", "kit-secret"), ("X-Gitlab-Event", "Merge Request Hook")])
        #expect(sent.label(try webhook(.gitlab, events: [word])) == label)
    }

    @Test func `a pattern of many stars takes no time to speak of`() throws {
        let pattern = String(repeating: "*a", count: 99) + "*b"
        let sent = github(String(repeating: "a", count: 200), "{}")
        let endpoint = try webhook(.github, events: Array(repeating: pattern, count: 50))
        let clock = ContinuousClock()
        var label = ""
        #expect(clock.measure { label = sent.label(endpoint) } < .seconds(5))
        #expect(label == "ignore")
    }

    @Test func `words of other senders carry dots and slashes of their own`() throws {
        for (name, takes, leaves) in [
            ("Stripe", ["invoice.paid", "invoice.*", "*.paid"], ["invoice", "customer.*"]), ("Shopify", ["orders/*", "orders/create"], ["orders"]),
            ("Bitbucket Cloud", ["repo:*"], ["repo:fork"]), ("Linear", ["Issue", "Issue.create", "*.create"], ["Issue.remove"]),
            ("Sentry", ["issue.created", "issue.*"], ["issue.resolved"]), ("PagerDuty", ["incident.*"], ["service.*"]),
            ("Slack, event", ["app_mention"], ["event_callback"]), ("Slack, command", ["/deploy", "/*"], ["/other"]),
            ("Slack, interactivity", ["block_actions.approve"], ["block_actions.deny"]),
        ] as [(String, [String], [String])] {
            let row = try #require(sourceRows.first { $0.name == name })
            for word in takes { #expect(row.sent.label(try webhook(row.source, secrets: [row.secret], events: [word])) == "accept", "\(word)") }
            for word in leaves { #expect(row.sent.label(try webhook(row.source, secrets: [row.secret], events: [word])) == "ignore", "\(word)") }
        }
    }

    @Test func `the gist of an event is kept without its action`() throws {
        let call = github("pull_request", #"{"action":"opened"}"#).accepted(try webhook(.github, events: ["pull_request.opened"]))
        #expect(call?.origin.event == "pull_request")
    }
}
