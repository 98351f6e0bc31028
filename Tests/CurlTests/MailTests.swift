import Testing

import Curl
import TestKit

extension TransferOutcome {
    var reply: MailReply? { if case .mail(let reply) = self { reply } else { nil } }
}

@Suite(.serialized) struct MailTests {
    /// The end of one mail sent by a loop of its own.
    private func send(_ mail: OutgoingMail) throws -> TransferOutcome? {
        let loop = try TransferLoop()
        loop.add(mail, id: 1)
        return loop.runAll()[1]
    }

    @Test func aMailArrivesAsWritten() throws {
        let server = try SMTPServer()
        let end = try send(server.mail(to: "ann@example.com", "bob@example.com", message: "Subject: x\r\n\r\n.\r\n..two\r\n.dot\r\nlast\r\n"))
        #expect(end?.reply?.isAccepted == true, "\(String(describing: end))")
        #expect(end?.reply?.code == 250)
        #expect(end?.reply?.text == "250 2.0.0 queued as 4F2A")
        #expect(
            Array(server.commands.prefix(5)) == [
                "EHLO tester", "MAIL FROM:<sluice@example.com>", "RCPT TO:<ann@example.com>", "RCPT TO:<bob@example.com>", "DATA",
            ])
        #expect(server.messages == ["Subject: x\r\n\r\n..\r\n...two\r\n..dot\r\nlast\r\n"])
    }

    @Test(arguments: [
        ("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd\r\n"), ("no end", "no end\r\n"), (".first\n\n.\n.", "..first\r\n\r\n..\r\n..\r\n"),
        ("x\n.\nMAIL FROM:<evil@example.com>\r.\r", "x\r\n..\r\nMAIL FROM:<evil@example.com>\r\n..\r\n"),
    ])
    func noLineEndSmugglesTheEndOfAMessage(message: String, wire: String) throws {
        let server = try SMTPServer()
        #expect(try send(server.mail(to: "ann@example.com", message: message))?.reply?.isAccepted == true)
        #expect(server.messages == [wire])
        #expect(server.commands("MAIL").count == 1)
    }

    @Test func aLongMessageWithManyDotsArrivesWhole() throws {
        let server = try SMTPServer()
        let lines = (0..<20_000).map { ".line \($0)\r\n" }.joined()
        #expect(try send(server.mail(to: "ann@example.com", message: lines))?.reply?.isAccepted == true)
        let isWhole = server.messages == [(0..<20_000).map { "..line \($0)\r\n" }.joined()]
        #expect(isWhole)
    }

    @Test(arguments: ["PLAIN", "LOGIN", "LOGIN PLAIN"])
    func aUserLogsIn(mechanisms: String) throws {
        let server = try SMTPServer(mechanisms: mechanisms)
        var mail = server.mail(to: "ann@example.com")
        mail.user = "ann"
        mail.password = "p\"ss wörd"
        #expect(try send(mail)?.reply?.code == 250)
        #expect(server.commands("AUTH").count == 1)
        mail.password = "wrong-secret"
        let end = try send(mail)
        #expect(end?.reply?.code == 535)
        #expect(end?.reply?.isTransient == false)
        #expect(!String(describing: end).contains("secret"))
        #expect(server.messages.count == 1)
    }

    @Test func aServerWithoutACommonMechanismIsPermanent() throws {
        let server = try SMTPServer(mechanisms: "UNHEARD-OF")
        var mail = server.mail(to: "ann@example.com")
        (mail.user, mail.password) = ("ann", "secret")
        let error = try send(mail)?.error
        #expect(error?.kind == .loginDenied, "\(String(describing: error))")
        #expect(error?.isTransient == false)
        #expect(server.messages.isEmpty)
    }

    @Test(arguments: [
        ("", "421 4.3.2 closing", 421), ("", "554 no", 554), ("MAIL", "452 4.3.1 full", 452), ("RCPT", "450 4.2.1 later", 450),
        ("RCPT", "550-5.1.1 nobody\r\n550 5.1.1 here", 550), ("DATA", "451 not now", 451), (".", "554 5.7.1 spam", 554), (".", "452 full", 452),
        ("AUTH", "454 4.7.0 try later", 454), ("AUTH", "535 5.7.8 denied", 535), ("HELO", "550 go away", 550),
    ])
    func refusalsAreTheServersAnswer(command: String, answer: String, code: Int) throws {
        let server = try SMTPServer(mechanisms: "PLAIN") { line in
            if command == "HELO", line.hasPrefix("EHLO") { return .say("502 what?") }
            return (command.isEmpty ? line.isEmpty : line.hasPrefix(command)) ? .say(answer) : nil
        }
        var mail = server.mail(to: "ann@example.com")
        (mail.user, mail.password) = ("ann", "p\"ss wörd")
        let end = try send(mail)
        let text = answer == "550-5.1.1 nobody\r\n550 5.1.1 here" ? "550-5.1.1 nobody 5.1.1 here" : answer
        #expect(end?.reply?.code == code && end?.reply?.text == text, "\(String(describing: end))")
        #expect(end?.reply?.isTransient == (code < 500) && end?.reply?.isAccepted == false)
    }

    @Test func oneRefusedRecipientDoesNotKeepTheMailFromTheOthers() throws {
        let server = try SMTPServer()
        let loop = try TransferLoop()
        loop.add(server.mail(to: "ann@example.com", "never@example.com", "bob@example.com"), id: 1)
        let reply = loop.runAll()[1]?.reply
        #expect(reply?.isAccepted == true && reply?.code == 250, "\(String(describing: reply))")
        #expect(reply?.text == "250 2.0.0 queued as 4F2A (1 of 3 recipients refused: 550 5.1.1 nobody here)")
        #expect(server.messages.count == 1 && server.commands("RCPT").count == 3)
        // Nothing of it is told of the next mail on the connection.
        loop.add(server.mail(to: "ann@example.com"), id: 2)
        #expect(loop.runAll()[2]?.reply?.text == "250 2.0.0 queued as 4F2A")
    }

    @Test(arguments: [(["450 later", "550 gone"], true), (["550 gone", "450 later"], true), (["550 gone", "550 gone"], false)])
    func aMailThatAllRecipientsAreRefusedIsRefused(answers: [String], isTransient: Bool) throws {
        let server = try SMTPServer { line in
            line.hasPrefix("RCPT") ? .say(line.contains("<ann") ? answers[0] : answers[1]) : nil
        }
        let reply = try send(server.mail(to: "ann@example.com", "bob@example.com"))?.reply
        #expect(reply?.isAccepted == false && reply?.isTransient == isTransient, "\(String(describing: reply))")
        #expect(reply?.text == (isTransient ? "450 later" : "550 gone"))
        #expect(server.messages.isEmpty && server.commands("DATA").isEmpty)
    }

    @Test(arguments: ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
    func aDroppedConnectionIsTransient(command: String) throws {
        let server = try SMTPServer { line in
            let isIt = command.isEmpty ? line.isEmpty : line.hasPrefix(command)
            return isIt || command == "EHLO" && line.hasPrefix("HELO") ? .drop : nil
        }
        let error = try send(server.mail(to: "ann@example.com"))?.error
        #expect(error?.isTransient == true, "\(String(describing: error))")
    }

    @Test func demandedTLSIsNeverDoneWithout() throws {
        let server = try SMTPServer(mechanisms: "PLAIN")
        let loop = try TransferLoop()
        var mail = server.mail(to: "ann@example.com")
        loop.add(mail, id: 1)
        #expect(loop.runAll()[1]?.reply?.isAccepted == true)
        // The connection of the first is still open, and in clear text.
        mail.startTLS = .demanded
        (mail.user, mail.password) = ("ann", "secret")
        loop.add(mail, id: 2)
        let error = loop.runAll()[2]?.error
        #expect(error?.kind == .tlsMissing, "\(String(describing: error))")
        #expect(server.messages.count == 1 && server.commands("AUTH").isEmpty && server.commands("MAIL").count == 1)
    }

    @Test func aServerThatThinksDelaysNoOtherDestination() throws {
        let server = try SMTPServer { $0 == "." ? .hang : nil }
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var mail = server.mail(to: "ann@example.com")
        mail.totalTimeout = .milliseconds(1500)
        for id in 0..<4 { loop.add(mail, id: Int64(id)) }
        #expect(waitUntil { _ = loop.run(timeoutMilliseconds: 10); return server.messages.count == 4 })
        for id in 100..<200 {
            loop.add(post(sink.url("ok")), id: Int64(id))
            #expect(waitUntil { loop.run(timeoutMilliseconds: 100).contains { $0.id == id && $0.outcome.status == 200 } })
        }
        #expect(loop.inFlight == 4)
        let ends = loop.runAll()
        #expect(ends.count == 4 && ends.values.allSatisfy { $0.error?.kind == .timeout }, "\(ends)")
    }

    @Test func noMailWaitsBehindAnotherWhileThreadsCanBeMade() throws {
        for round in 0..<30 {
            let loop = try TransferLoop()
            do {
                let server = try SMTPServer { $0.hasPrefix("RCPT") ? .hang : nil }
                for id in 0..<4 { loop.add(server.mail(to: "ann@example.com"), id: Int64(id)) }
                #expect(waitUntil { server.commands("RCPT").count == 4 }, "round \(round)")
            }
            // The server is gone, and its connections with it.
            #expect(loop.runAll().values.allSatisfy { $0.error?.isTransient == true })
        }
    }

    @Test func mailsShareAConnectionAndSayGoodBye() throws {
        let server = try SMTPServer()
        do {
            let loop = try TransferLoop()
            for id in 0..<5 {
                loop.add(server.mail(to: "ann@example.com"), id: Int64(id))
                #expect(loop.runAll()[Int64(id)]?.reply?.isAccepted == true)
            }
        }
        #expect(server.accepted <= 4 && server.messages.count == 5)
        #expect(waitUntil { server.commands("QUIT").count == server.accepted })
    }

    @Test func anUnusedConnectionIsGivenUp() throws {
        let server = try SMTPServer()
        let loop = try TransferLoop(mailLinger: .milliseconds(30))
        for round in 1...2 {
            loop.add(server.mail(to: "ann@example.com"), id: Int64(round))
            #expect(loop.runAll()[Int64(round)]?.reply?.isAccepted == true)
            #expect(waitUntil { server.commands("QUIT").count == round })
        }
        #expect(server.accepted == 2)
    }

    @Test func aServerThatKeepsSilentAtTheEndHoldsNothingUp() throws {
        let server = try SMTPServer { $0 == "QUIT" ? .hang : nil }
        let took = try seconds {
            let loop = try TransferLoop()
            loop.add(server.mail(to: "ann@example.com"), id: 1)
            #expect(loop.runAll()[1]?.reply?.isAccepted == true)
        }
        #expect(took < 5)
        #expect(waitUntil { server.commands.contains("QUIT") })
    }

    @Test func aCancelledMailIsForgottenAndALoopCanGoWithMailsInFlight() throws {
        let server = try SMTPServer { $0.hasPrefix("RCPT") ? .hang : nil }
        let took = try seconds {
            let loop = try TransferLoop()
            for id in 0..<8 { loop.add(server.mail(to: "ann@example.com"), id: Int64(id)) }
            #expect(waitUntil { server.commands("RCPT").count == 4 })
            for id in 0..<6 { loop.cancel(id: Int64(id)) }
            #expect(loop.inFlight == 2)
            #expect(waitUntil { server.commands("RCPT").count == 6 }, "the last two get their turn")
            #expect(loop.run(timeoutMilliseconds: 10).isEmpty)
        }
        #expect(took < 10)
    }

    @Test func whatCouldAddACommandIsRefused() throws {
        func kind(_ change: (inout OutgoingMail) -> Void) throws -> CurlError.Kind? {
            var mail = OutgoingMail(server: "smtp://127.0.0.1:1", from: "a@example.com", recipients: ["b@example.com"], message: [])
            change(&mail)
            let error = try send(mail)?.error
            #expect(error?.message.contains("secret") == false)
            return error?.kind
        }
        #expect(try kind { _ in } == .connect)
        #expect(try kind { $0.from = "a@example.com>\r\nRCPT TO:<c@example.com" } == .invalidRequest)
        for bad in ["", "b\r\nDATA", "b\n", "b\r", "b\0c", "b c", "b>", "<b", "b\u{7F}"] { #expect(try kind { $0.recipients = ["ok@example.com", bad] } == .invalidRequest) }
        #expect(try kind { $0.recipients = [] } == .invalidRequest)
        #expect(try kind { ($0.user, $0.password) = ("a\r\nb", "secret") } == .invalidRequest)
        #expect(try kind { ($0.user, $0.password) = ("a", "secret\0") } == .invalidRequest)
        #expect(try kind { $0.user = "a" } == .invalidRequest)
        for url in ["http://127.0.0.1/", "file:///etc/passwd", "smtp://", "smtp:127.0.0.1", "smtp://u:secret@127.0.0.1", "smtp://a b/", "smtp://a/\r\nx", ""] {
            #expect(try kind { $0.server = url } == .invalidRequest, "\(url)")
        }
        #expect(try kind { $0.server = "smtp://169.254.169.254:25" } == .deniedAddress)
    }
}
