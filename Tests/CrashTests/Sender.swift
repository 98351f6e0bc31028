import Crypto
import Foundation
import Posix
import Synchronization
import TestKit

/// GitHub's side of one connection: signed deliveries of 1 KiB, one after the other.
struct Sender {
    let connection: TestConnection
    private static let key = HMACKey(CrashServer.secret)

    init(port: UInt16) throws { connection = try TestConnection(port: port, timeout: 20) }

    /// The same id always has the same body.
    static func body(_ id: String) -> [UInt8] {
        let start = "{\"ref\":\"refs/heads/main\",\"delivery\":\"\(id)\",\"pad\":\""
        return Array((start + String(repeating: "x", count: 1024 - start.utf8.count - 2) + "\"}").utf8)
    }

    func deliver(_ id: String, to endpoint: String = "hook") throws -> TestResponse {
        let body = Self.body(id)
        let head = """
            POST /v1/user/\(endpoint) HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            X-GitHub-Event: push\r
            X-GitHub-Delivery: \(id)\r
            X-Hub-Signature-256: sha256=\(Self.key.sign(body).hex)\r
            \r

            """
        try connection.send(Array(head.utf8) + body)
        return try connection.receiveResponse()
    }

    /// An admin's POST on the same connection.
    func post(_ path: String) throws -> TestResponse {
        try connection.send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(CrashServer.adminToken)\r\nContent-Length: 0\r\n\r\n")
        return try connection.receiveResponse()
    }

    /// Sends again what was promised; the ledger hears of an answer that differs.
    func sendAgain(_ promise: Ledger.Promise, _ ledger: Ledger) throws {
        let answer = try deliver(promise.id)
        if answer.status == 503 { return ledger.refuse() }
        ledger.countRepeat()
        if answer.status != 202 { ledger.complain("the repeat of \(promise.id) was answered with \(answer.status)") }
        if answer.body != promise.answer { ledger.complain("the repeat of \(promise.id) got another body: \(answer.text)") }
        if answer.header("sluice-duplicate") != "true" { ledger.complain("the repeat of \(promise.id) was not called a duplicate") }
    }
}

/// Several senders at once, each on a kept connection: new deliveries, and now and then a repeat of one that was promised.
final class Load: Sendable {
    private let threads: [ThreadHandle]
    private let isOver: Flag

    final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    init(port: UInt16, ledger: Ledger, seed: UInt64, senders: Int = 4) throws {
        let isOver = Flag()
        self.isOver = isOver
        threads = try (0..<senders).map { number in
            try startThread(name: "sender-\(number)") {
                var random = SplitMix64(seed: seed &+ UInt64(number) &* 0x1_0000_0001)
                // The connection ends when the server is killed: that is the end of the load.
                guard let sender = try? Sender(port: port) else { return }
                while !isOver.isSet, (try? Self.turn(sender, ledger, &random)) != nil {}
            }
        }
    }

    private static func turn(_ sender: Sender, _ ledger: Ledger, _ random: inout SplitMix64) throws {
        if random.below(5) == 0, let known = ledger.random(using: &random) { return try sender.sendAgain(known, ledger) }
        let id = String(random.next(), radix: 16) + "-" + String(random.next(), radix: 16)
        let answer = try sender.deliver(id)
        switch answer.status {
        case 202:
            if answer.header("sluice-duplicate") != nil { ledger.complain("\(id) was called a duplicate at its first coming") }
            ledger.promise(id, answer.body)
        case 503: ledger.refuse()
        case let status: ledger.complain("\(id) was answered with \(status): \(answer.text)")
        }
    }

    /// Lets the senders finish what they are at, or find out that the server is gone.
    func end() {
        isOver.set()
        for thread in threads { thread.join() }
    }
}
