import Alerts
import JSON
import Model
import Testing

@Suite struct AlertChannelSlackTests {
    private let links = ResolvedChannel.Kind.slack(url: "https://hooks.slack.com/services/T/B/x", hasButtons: false)
    private let buttons = ResolvedChannel.Kind.slack(url: "https://hooks.slack.com/services/T/B/x", hasButtons: true)

    private func blocks(_ content: NotificationContent, _ kind: ResolvedChannel.Kind) throws -> [JSONValue] {
        try #require(try json(content, kind)["blocks"]?.array)
    }

    private func actions(_ message: [JSONValue]) -> [JSONValue] { message.first { $0["type"] == "actions" }?["elements"]?.array ?? [] }

    private func code(_ message: [JSONValue], _ label: String) -> String? {
        message.compactMap { $0["text"]?["text"]?.string }.first { $0.hasPrefix("*\(label)") }?.pieces(between: "\n```")[1]
            .dropFirst().description
    }

    @Test func `every message keeps to Block Kit`() throws {
        for content in Sample.table {
            for kind in [links, buttons] { #expect(BlockKit.problems(in: try json(content, kind)) == [], "\(content.title)") }
            #expect(BlockKit.problems(in: try parseJSON(slackOutcome(content)), isReply: true) == [], "\(content.title)")
        }
    }

    @Test func `hostile contents keep to Block Kit, and their commands read back`() throws {
        try expectHostile("Slack", 0x51AC) { content in
            let message = try json(content, buttons)
            var problems = BlockKit.problems(in: message) + BlockKit.problems(in: try parseJSON(slackOutcome(content)), isReply: true)
            guard let part = content.approval, !part.command.isEmpty else { return problems }
            let all = message["blocks"]?.array ?? []
            guard let shown = code(all, "Command") else { return problems + ["no command"] }
            var visible = unmarked(shown.unescaped)
            let isCut = all.contains { $0["block_id"] == "code-0-cut" }
            if isCut { visible.dropEllipsis() }
            if !Array(part.command.utf8).starts(with: visible.utf8) { problems.append("the command reads as \(visible.prefix(60).debugDescription)") }
            if !isCut, visible.utf8.count != part.command.utf8.count { problems.append("the command is cut in silence") }
            return problems
        }
    }

    @Test func `who asked for what, until when, stands there with a link`() throws {
        let message = try blocks(Sample.pending(), links)
        let texts = message.flatMap(\.strings)
        #expect(texts.contains("⚠️ deploy-web waits for approval"))
        for field in ["Endpoint\ndeploy-web", "Asked by\nanna", "Source\nwebhook, push", "Expires\nin 29 min 59 s, at 2025-10-09T09:23:20Z", "Rule\nnight watch"] {
            #expect(texts.contains(field), "\(field)")
        }
        #expect(code(message, "Command") == "./deploy.sh main")
        #expect(code(message, "Arguments") == "ref=refs/heads/main")
        #expect(code(message, "Body (25 bytes)") == "{\"ref\":\"refs/heads/main\"}")
        #expect(texts.contains { $0.hasPrefix("Digest\nsha256:9f86") })
        let found = actions(message)
        #expect(found.map { $0["action_id"]?.string } == ["review", "open"])
        #expect(found[0]["url"]?.string == approveLink)
        let text = try #require(try json(Sample.pending(), links)["text"]?.string)
        #expect(text == "⚠️ deploy-web waits for approval\nAsked by anna\n```\n./deploy.sh main\n```\n<\(approveLink)|Review>")
    }

    @Test func `with interactions its buttons decide, Approve after a question`() throws {
        let found = actions(try blocks(Sample.pending(), buttons))
        #expect(found.map { $0["action_id"]?.string } == ["approve", "deny", "review", "open"])
        #expect(found[0]["value"]?.string == approvalID && found[0]["style"] == "primary")
        #expect(found[0]["confirm"]?["text"]?["text"] == "deploy-web will run at once.")
        #expect(found[1]["value"]?.string == approvalID && found[1]["style"] == "danger" && found[1]["confirm"] == nil)
    }

    @Test(arguments: [Sample.marked { $0.isTest = true }, Sample.decided(), Sample.failure(), Sample.digest()])
    func `no button decides a test, or what does not wait`(_ content: NotificationContent) throws {
        let ids = actions(try blocks(content, buttons)).map { $0["action_id"]?.string }
        #expect(!ids.contains("approve") && !ids.contains("deny") && !ids.contains("review"))
    }

    @Test func `a cut command says so, says how much, and is asked about`() throws {
        let message = try blocks(Sample.pending(command: "start " + String(repeating: "<é👩‍👩‍👧‍👦", count: 3000)), buttons)
        let note = try #require(message.first { $0["block_id"] == "code-0-cut" }?.strings.first { $0.hasPrefix("✂️") })
        #expect(note.contains("more bytes of the command not shown here. The page behind the link shows all of it."))
        #expect(code(message, "Command")?.hasSuffix("…") == true)
        #expect(actions(message)[0]["confirm"]?["text"]?["text"]?.string?.contains("Not all") == true)
    }

    @Test func `data is data: no mention, no link, no end of the code`() throws {
        let message = try blocks(Sample.pending(command: "a ``` <!channel> & <https://evil|Approve>"), links)
        #expect(
            code(message, "Command")
                == "a ⟨U+0060⟩⟨U+0060⟩⟨U+0060⟩ &lt;!channel&gt; &amp; &lt;https://evil|Approve&gt;")
    }

    @Test func `a digest names its endpoints and leads to the list`() throws {
        let message = try blocks(Sample.digest(), links)
        #expect(message.first { $0["block_id"] == "digest" }?["text"]?["text"] == "• deploy-web: 30\n• deploy-db: 5\n• 2 further endpoints")
        let found = actions(message)
        #expect(found.count == 1)
        #expect(found[0]["url"] == "https://sluice.example.com/approvals?endpoint=deploy-*&status=pending")
        #expect(try json(Sample.digest(), links)["text"]?.string?.contains("endpoint=deploy-*&amp;status=pending|Open the list>") == true)
    }

    @Test(arguments: [
        (Sample.marked { $0.reminder = 2 }, "Still waiting: reminder 2."), (Sample.marked { $0.escalation = 1 }, "Nobody has decided: step 1 of the escalation."),
        (Sample.marked { $0.isTest = true }, "This is a test of the rule: nothing has happened, and nothing here decides anything."),
    ])
    func `reminders, escalations and tests are marked`(_ content: NotificationContent, _ note: String) throws {
        #expect(try blocks(content, links).flatMap(\.strings).contains(note))
        #expect(try json(content, links)["text"]?.string?.contains(note) == true)
    }

    @Test func `the end of a run's output is what is shown`() throws {
        var content = Sample.failure()
        content.run?.output = String(repeating: "noise\n", count: 5000) + "panic: the cause"
        let output = try #require(code(try blocks(content, links), "Output"))
        #expect(output.hasPrefix("…") && output.hasSuffix("panic: the cause"))
    }

    @Test func `once decided the message says by whom and has no buttons`() throws {
        let message = try parseJSON(slackOutcome(Sample.decided()))
        #expect(message["replace_original"] == true)
        #expect(message.strings.contains("✅ Approved by bert (link)"))
        #expect(actions(message["blocks"]?.array ?? []).map { $0["action_id"]?.string } == ["open"])
        #expect(try parseJSON(slackOutcome(Sample.decided(.denied))).strings.contains("⛔ Denied by bert (link)"))
    }

    @Test func `a refusal is told to one person only`() throws {
        let message = try parseJSON(slackRefusal("You may not decide, <!channel>."))
        #expect(message["response_type"] == "ephemeral" && message["replace_original"] == false)
        #expect(message["text"] == "You may not decide, &lt;!channel&gt;.")
        #expect(try parseJSON(slackRefusal(""))["text"] == "This was not done.")
    }
}
