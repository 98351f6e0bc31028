import Alerts
import JSON
import Model
import Testing

/// Discord, Teams, ntfy and PagerDuty, each by the limits that its documentation gives.
@Suite struct AlertChannelChatTests {
    private let discord = ResolvedChannel.Kind.discord(url: "https://discord.com/api/webhooks/1/x")
    private let teams = ResolvedChannel.Kind.teams(url: "https://prod.example.com/workflows/1")
    private let ntfy = ResolvedChannel.Kind.ntfy(url: "https://ntfy.example.com/ops-alerts?auth=abc", token: "tk_secret")
    private let pagerDuty = ResolvedChannel.Kind.pagerduty(url: "https://events.pagerduty.com/v2/enqueue", routingKey: String(repeating: "r", count: 32))

    // MARK: Limits

    private func discordProblems(_ content: NotificationContent) throws -> [String] {
        let message = try json(content, discord)
        var problems = unseen(message)
        if message["allowed_mentions"]?["parse"] != .array([]) { problems.append("mentions are allowed") }
        guard let embed = message["embeds"]?[0] else { return problems + ["no embed"] }
        var total = 0
        func text(_ value: JSONValue?, _ limit: Int, _ place: String) {
            let length = value?.string?.utf16.count ?? 0
            if !(1...limit ~= length) { problems.append("\(place) has \(length) units") }
            total += length
        }
        text(embed["title"], 256, "title")
        if let description = embed["description"] { text(description, 4096, "description") }
        let fields = embed["fields"]?.array ?? []
        if fields.count > 25 { problems.append("\(fields.count) fields") }
        for field in fields {
            text(field["name"], 256, "name")
            text(field["value"], 1024, "value")
        }
        if total > 6000 { problems.append("\(total) units in all") }
        let fences = (embed["description"]?.string?.pieces(between: "```").count ?? 1) - 1
        if fences % 2 == 1 || fences != 2 * ((embed["description"]?.string?.pieces(between: "**\n```\n").count ?? 1) - 1) { problems.append("\(fences) fences") }
        return problems
    }

    private func teamsProblems(_ content: NotificationContent) throws -> [String] {
        let body = try httpMessage(content, teams).body
        let message = try parseJSON(body)
        var problems = unseen(message)
        if body.count > 28 * 1024 { problems.append("\(body.count) bytes") }
        if message["type"] != "message" { problems.append("no message") }
        let attachment = message["attachments"]?[0]
        if attachment?["contentType"] != "application/vnd.microsoft.card.adaptive" { problems.append("no card") }
        let card = attachment?["content"]
        if card?["type"] != "AdaptiveCard" || card?["version"] != "1.4" { problems.append("no card") }
        for element in card?["body"]?.array ?? [] {
            // A TextBlock would read its text as Markdown.
            if element["type"] != "RichTextBlock" && element["type"] != "CodeBlock" { problems.append("\(element["type"] ?? .null)") }
            if element["type"] == "CodeBlock", element["fallback"]?["inlines"]?[0]?["text"] != element["codeSnippet"] { problems.append("fallback") }
        }
        for action in card?["actions"]?.array ?? [] where action["type"] != "Action.OpenUrl" || action["url"]?.string?.hasPrefix("https://sluice.") != true {
            problems.append("an action")
        }
        return problems
    }

    private func ntfyProblems(_ content: NotificationContent) throws -> [String] {
        let http = try httpMessage(content, ntfy)
        let message = try parseJSON(http.body)
        var problems = unseen(message)
        if http.body.count > 8192 { problems.append("\(http.body.count) bytes") }
        // One byte less than 4096, which is a file already.
        if !(1...4095 ~= (message["message"]?.string ?? "").utf8.count) { problems.append("message: \(message["message"]?.string?.utf8.count ?? 0) bytes") }
        if !(1...200 ~= (message["title"]?.string ?? "").utf16.count) { problems.append("title") }
        if !(1...5 ~= (message["priority"]?.int ?? 0)) { problems.append("priority") }
        if (message["actions"]?.array?.count ?? 0) > 3 { problems.append("actions") }
        return problems
    }

    private func pagerDutyProblems(_ content: NotificationContent) throws -> [String] {
        let http = try httpMessage(content, pagerDuty)
        let event = try parseJSON(http.body)
        var problems = unseen(event)
        if http.body.count > 512 << 10 { problems.append("\(http.body.count) bytes") }
        if !["trigger", "resolve"].contains(event["event_action"]?.string) { problems.append("event_action") }
        if !(1...255 ~= (event["dedup_key"]?.string ?? "").utf8.count) { problems.append("dedup_key") }
        let payload = event["payload"]
        if !(1...1024 ~= (payload?["summary"]?.string ?? "").utf16.count) { problems.append("summary") }
        if payload?["source"]?.string?.isEmpty != false { problems.append("source") }
        if !["critical", "error", "warning", "info"].contains(payload?["severity"]?.string) { problems.append("severity") }
        return problems
    }

    /// The key of an incident and a routing key are no text for people.
    private func unseen(_ message: JSONValue) -> [String] {
        var message = message
        if var object = message.object {
            object["dedup_key"] = nil
            message = .object(object)
        }
        return message.strings.flatMap { unseenIn($0) }
    }

    @Test func `every message keeps to its channel's limits`() throws {
        for content in Sample.table {
            let problems = try discordProblems(content) + teamsProblems(content) + ntfyProblems(content) + pagerDutyProblems(content)
            #expect(problems == [], "\(content.title)")
        }
    }

    @Test func `hostile contents keep to them as well`() throws {
        try expectHostile("Discord, Teams, ntfy, PagerDuty", 0xD15C, rounds: 200) { content in
            try discordProblems(content) + teamsProblems(content) + ntfyProblems(content) + pagerDutyProblems(content)
        }
    }

    @Test func `test, reminder and escalation are marked everywhere`() throws {
        for kind in [discord, teams, ntfy, pagerDuty] {
            #expect(try json(Sample.marked { $0.reminder = 2 }, kind).strings.contains { $0.contains("Still waiting: reminder 2.") })
            #expect(try json(Sample.marked { $0.escalation = 3 }, kind).strings.contains { $0.contains("step 3 of the escalation") })
            let test = try json(Sample.marked { $0.isTest = true }, kind).strings
            #expect(test.contains { $0.contains("TEST") } && test.contains { $0.contains("This is a test of the rule") })
            #expect(!test.contains { $0.contains("/approve/") })
            #expect(try json(Sample.digest(), kind).strings.contains { $0.contains("deploy-web: 30") || $0.contains("deploy\\-web\\: 30") })
        }
    }

    // MARK: One by one

    @Test func `Discord shows an embed whose data is no Markdown`() throws {
        let embed = try #require(try json(Sample.marked { $0.approval?.requestedBy = "**[x](https://evil)** @everyone" }, discord)["embeds"]?[0])
        #expect(embed["url"]?.string == approveLink)
        #expect(embed["color"] == 0xECB22E)
        #expect(embed["timestamp"] == "2025-10-09T08:53:20.000Z")
        #expect(embed["description"]?.string?.contains("[**Review**](<\(approveLink)>)") == true)
        #expect(embed["description"]?.string?.contains("**Command**\n```\n./deploy.sh main\n```") == true)
        let asked = embed["fields"]?.array?.first { $0["name"] == "Asked by" }
        #expect(asked?["value"] == #"\*\*\[x\]\(https\:\/\/evil\)\*\* \@everyone"#)
    }

    @Test func `Teams gets a card with the command as code and the link as a button`() throws {
        let card = try #require(try json(Sample.pending(), teams)["attachments"]?[0]?["content"])
        let body = try #require(card["body"]?.array)
        #expect(body.contains { $0["codeSnippet"] == "./deploy.sh main" && $0["language"] == "PlainText" })
        #expect(card["actions"]?[0]?["url"]?.string == approveLink)
        #expect(card["actions"]?[0]?["title"] == "Review")
        #expect(card["fallbackText"] == "⚠️ deploy-web waits for approval")
    }

    @Test func `ntfy posts to the root, and its buttons send the form of the link`() throws {
        let http = try httpMessage(Sample.pending(), ntfy)
        #expect(http.url == "https://ntfy.example.com/?auth=abc")
        #expect(http.headers.contains { $0.name == "Authorization" && $0.value == "Bearer tk_secret" })
        let message = try parseJSON(http.body)
        #expect(message["topic"] == "ops-alerts" && message["priority"] == 4 && message["click"]?.string == approveLink)
        let actions = try #require(message["actions"]?.array)
        #expect(actions.map { $0["label"]?.string } == ["Review", "Approve", "Deny"])
        #expect(actions.map { $0["action"]?.string } == ["view", "http", "http"])
        #expect(actions[1]["method"] == "POST" && actions[1]["url"]?.string == approveLink && actions[1]["clear"] == true)
        #expect(actions[1]["headers"]?["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(actions.dropFirst().map { $0["body"]?.string } == ["decision=approve", "decision=deny"])
        #expect(message["message"]?.string?.contains("Command:\n> ./deploy.sh main") == true)
    }

    @Test(arguments: [
        ("https://ntfy.sh/t", "https://ntfy.sh/", "t"), ("https://h:8443/base/t/", "https://h:8443/base/", "t"), ("http://h/t?x=/y", "http://h/?x=/y", "t"),
    ])
    func `ntfy's topic is the last part of the path`(_ url: String, _ root: String, _ topic: String) throws {
        let http = try httpMessage(Sample.pending(), .ntfy(url: url, token: nil))
        #expect(http.url == root)
        #expect(try parseJSON(http.body)["topic"]?.string == topic)
        #expect(http.headers.map(\.name) == ["Content-Type"])
    }

    @Test func `ntfy approves nothing that it does not show in full`() throws {
        let message = try json(Sample.pending(command: String(repeating: "x", count: 2000)), ntfy)
        #expect(message["actions"]?.array?.map { $0["label"]?.string } == ["Review", "Deny"])
        #expect(message["message"]?.string?.contains("more bytes of the command not shown here") == true)
        #expect(try json(Sample.failure(), ntfy)["actions"]?.array?.map { $0["label"]?.string } == ["Open"])
    }

    @Test func `no line of data looks like one of ntfy's own`() throws {
        let text = try json(Sample.pending(command: "x\nExpires: in 9 days\r\n> y"), ntfy)["message"]?.string ?? ""
        #expect(text.contains("> x\n> Expires: in 9 days⟨U+000D⟩\n> > y"))
    }

    @Test func `PagerDuty opens an incident and the same key closes it`() throws {
        let opened = try json(Sample.failure(), pagerDuty)
        let closed = try json(Sample.recovered(), pagerDuty)
        #expect(opened["event_action"] == "trigger" && closed["event_action"] == "resolve")
        #expect(opened["dedup_key"] == closed["dedup_key"] && opened["dedup_key"] == "sluice/runs/deploy-web")
        #expect(opened["payload"]?["severity"] == "critical" && closed["payload"]?["severity"] == "info")
        #expect(opened["payload"]?["source"] == "sluice.example.com" && opened["payload"]?["class"] == "failure")
        #expect(opened["payload"]?["custom_details"]?["Output"] == "step 1\nstep 2\nboom\n")
        #expect(opened["links"]?[0]?["text"] == "Open")
        let waiting = try json(Sample.pending(), pagerDuty)
        let decided = try json(Sample.decided(), pagerDuty)
        let expired = try json(Sample.marked { $0.condition = .approvalExpired; $0.approval?.status = .expired }, pagerDuty)
        #expect(waiting["event_action"] == "trigger" && decided["event_action"] == "resolve" && expired["event_action"] == "trigger")
        #expect(waiting["dedup_key"]?.string == "sluice/approval/\(approvalID)")
        #expect(decided["dedup_key"] == waiting["dedup_key"] && expired["dedup_key"] == waiting["dedup_key"])
        #expect(waiting["client_url"]?.string == approveLink)
    }

    @Test func `PagerDuty's other subjects have incidents of their own`() throws {
        let keys = try [Sample.missed(), Sample.rejected(), Sample.slow(), Sample.digest(), Sample.marked { $0.isTest = true }].map {
            try json($0, pagerDuty)["dedup_key"]?.string
        }
        #expect(
            keys == [
                "sluice/schedule/deploy-web/nightly", "sluice/deliveries/deploy-web", "sluice/run/run-1", "sluice/digest/approval_pending/night watch",
                "sluice/test/msg-0199",
            ])
        var content = Sample.failure()
        content.endpoint = String(repeating: "long", count: 100)
        #expect(try json(content, pagerDuty)["dedup_key"]?.string?.utf8.count == "sluice/".utf8.count + 64)
    }
}
