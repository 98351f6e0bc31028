import Alerts
import Foundation
import Model
import Testing

@Suite struct AlertChannelMailTests {
    private func mail(
        _ content: NotificationContent, to: [String] = ["ops@example.com"], from: String = "Sluice <sluice@example.com>"
    ) throws -> OutgoingNotification.MailMessage {
        guard case .mail(let message) = render(content, for: ResolvedChannel(.email(to: to, from: from))) else { throw WrongForm() }
        return message
    }

    @Test func `a mail has its fields, a plain and an HTML part, and the link in both`() throws {
        let message = try mail(Sample.pending(), to: ["ops@example.com", "bert@example.org"])
        #expect(message.recipients == ["ops@example.com", "bert@example.org"])
        let read = try MailReader(message.bytes)
        #expect(
            read.fields.map(\.name) == [
                "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Sluice-Event",
                "MIME-Version", "Content-Type",
            ])
        #expect(read["From"] == "\"Sluice\" <sluice@example.com>")
        #expect(read["To"] == "ops@example.com, bert@example.org")
        #expect(read["Subject"] == "[Sluice] deploy-web waits for approval")
        #expect(read["Date"] == "Thu, 09 Oct 2025 08:53:21 +0000")
        #expect(read["Message-ID"] == "<msg-0199@example.com>")
        #expect(read["References"] == "<approval.\(approvalID)@example.com>")
        #expect(read["Auto-Submitted"] == "auto-generated")
        #expect(read.parts.map(\.type) == ["text/plain; charset=utf-8", "text/html; charset=utf-8"])
        for part in read.parts { #expect(part.text.contains(approveLink)) }
        #expect(read.parts[0].text.contains("\nReview: \(approveLink)\n"))
        #expect(read.parts[0].text.contains("\nCommand:\n\n    ./deploy.sh main\n"))
        #expect(read.parts[1].text.contains("<a href=\"\(approveLink)\""))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"), (1_795_822_021, "Fri, 27 Nov 2026 23:27:01 +0000"),
        (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
    ])
    func `the date has its weekday`(_ seconds: Int64, _ date: String) throws {
        var content = Sample.pending()
        content.now = seconds * second
        #expect(try MailReader(try mail(content).bytes)["Date"] == date)
    }

    @Test(arguments: [
        "deploy\r\nBcc: evil@example.com", "=?utf-8?B?ZXZpbA==?=", "Grüße 👩‍👩‍👧‍👦 " + String(repeating: "ä", count: 300), String(repeating: "long ", count: 60), "  ",
        "\u{202E}gnp", String(repeating: "x", count: 500), "a\0b",
    ])
    func `a subject can't be broken out of, and reads back`(_ title: String) throws {
        let content = Sample.marked { $0.title = title }
        let read = try MailReader(try mail(content).bytes)
        #expect(read.fields.count == 11)
        let subject = try #require(read["Subject"])
        #expect(subject.hasPrefix("[Sluice] "))
        var visible = unmarked(String(subject.dropFirst(9)))
        visible.dropEllipsis()
        #expect(Array(title.utf8).starts(with: visible.utf8) && !visible.isEmpty)
    }

    @Test(arguments: [
        ("ops@example.com\r\nBcc: evil@example.com", "ops@example.com"), ("Größe <a@b.example>", "a@b.example"), ("a \"q\" <a@b.example>", "a@b.example"),
        ("a@b.example> x", "a@b.example"),
    ])
    func `a sender brings no further field`(_ from: String, _ address: String) throws {
        let read = try MailReader(try mail(Sample.pending(), from: from).bytes)
        #expect(read.fields.count == 11)
        #expect(read["From"]?.contains(address) == true)
        #expect(read["Bcc"] == nil)
    }

    @Test func `what is no address gets no mail`() throws {
        let message = try mail(Sample.pending(), to: ["a@example.com\r\nRCPT TO:<evil@example.com>", "", "no address", "ok@example.com"])
        #expect(message.recipients == ["ok@example.com"])
        #expect(try MailReader(message.bytes)["To"] == "ok@example.com")
        #expect(try mail(Sample.pending(), to: ["nobody"]).recipients == [])
    }

    @Test func `the HTML escapes data, loads nothing and has no style but in its place`() throws {
        let html = try MailReader(try mail(Sample.pending(command: "</pre><script>alert(1)</script><img src=\"https://evil/x\">")).bytes).parts[1].text
        #expect(html.contains("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=&quot;https://evil/x&quot;&gt;</pre>"))
        for forbidden in ["<script", "<img", "<style", "<link", "url(", "<iframe", " src=\"http"] { #expect(!html.contains(forbidden), "\(forbidden)") }
    }

    @Test func `a line of data does not look like one of ours`() throws {
        let text = try MailReader(try mail(Sample.pending(command: "x\nReview: https://evil.example/\ny")).bytes).parts[0].text
        #expect(text.contains("\n    x\n    Review: https://evil.example/\n    y\n"))
    }

    @Test func `a test, a reminder, a step and a digest are marked in both parts`() throws {
        for (content, mark) in [
            (Sample.marked { $0.isTest = true }, "This is a test of the rule"), (Sample.marked { $0.reminder = 2 }, "Still waiting: reminder 2."),
            (Sample.marked { $0.escalation = 1 }, "step 1 of the escalation"), (Sample.digest(), "deploy-web: 30"),
            (Sample.pending(command: String(repeating: "x", count: 100_000)), "Cut: 75,4"),
        ] {
            let read = try MailReader(try mail(content).bytes)
            for part in read.parts { #expect(part.text.contains(mark), "\(mark) in \(part.type)") }
        }
        let test = try MailReader(try mail(Sample.marked { $0.isTest = true }).bytes)
        #expect(test["Subject"] == "[Sluice] [TEST] deploy-web waits for approval")
        #expect(!test.parts.contains { $0.text.contains("/approve/") })
    }

    @Test func `hostile contents make mails that a strict reader takes`() throws {
        expectHostile("mails", 0x3A11, rounds: 300) { content in
            var problems: [String] = []
            do {
                let read = try MailReader(try mail(content).bytes)
                if read.fields.count != (content.approval == nil ? 10 : 11) { problems.append("fields: \(read.fields.map(\.name))") }
                if read.parts.count != 2 { problems.append("\(read.parts.count) parts") }
                for part in read.parts { problems += unseenIn(part.text) }
                if let html = read.parts.last?.text, html.ranges(of: "<pre ").count != html.ranges(of: "</pre>").count || html.contains("<script") || html.contains("<img") {
                    problems.append("live HTML")
                }
                if let part = content.approval, !part.command.isEmpty {
                    problems += commandProblems(part.command, read.parts.first?.text ?? "")
                }
            } catch {
                problems.append("\(error)")
            }
            return problems
        }
    }

    /// The command in the plain part, its indentation taken off.
    private func commandProblems(_ command: String, _ text: String) -> [String] {
        guard let start = text.range(of: "\nCommand:\n\n    ", options: .literal)?.upperBound else { return ["no command"] }
        var lines: [String] = []
        for (index, line) in text[start...].utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard index == 0 || line.starts(with: "    ".utf8) else { break }
            lines.append(String(decoding: index == 0 ? line : line.dropFirst(4), as: UTF8.self))
        }
        var visible = unmarked(lines.joined(separator: "\n"))
        let isCut = text.contains("of the command not shown here.")
        if isCut { visible.dropEllipsis() }
        if !Array(command.utf8).starts(with: visible.utf8) { return ["the command reads as \(visible.prefix(60).debugDescription)"] }
        return isCut || visible.utf8.count == command.utf8.count ? [] : ["the command is cut in silence"]
    }
}
