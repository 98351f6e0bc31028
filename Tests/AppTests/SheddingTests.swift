import App
import JSON
import Model
import Posix
import SQLite
import Synchronization
import TestKit
import Testing

/// Calls that wait for the disk take memory. Past a bound of bytes the server says so instead of taking more.
@Suite struct SheddingTests {
    private static let token = "test-admin-token-0123456789"
    private static let size = 100_000

    private let home: TemporaryDirectory
    private var database: String { home.file("data") + "/sluice.db" }

    init() throws { home = try TemporaryDirectory() }

    /// One gated endpoint, so that each call that is taken has a body to be read again. One loop, so that no two calls look at the same time.
    private func server(pendingLimit: Int? = nil) throws -> (application: Application, port: UInt16) {
        var configuration = ServerConfiguration(directory: home.path, dataDirectory: home.file("data")) { _ in nil }
        configuration.listen = [.tcp(host: "127.0.0.1", port: 0)]
        configuration.adminToken = Self.token
        configuration.eventLoops = 1
        if let pendingLimit { configuration.pendingLimit = pendingLimit }
        var job = EndpointSettings()
        (job.name, job.command, job.isPublic, job.approvalRequired) = ("job", "true", true, true)
        configuration.endpoints = [job]
        let application = try Application(configuration) { _ in }
        let port = try #require(application.address.listenURL.split(separator: ":").last.flatMap { UInt16($0) })
        return (application, port)
    }

    /// Of `size` bytes.
    private static func body(_ number: Int) -> [UInt8] { Array(#"{"n":"\#(number)\#(String(repeating: "x", count: size - 9))"}"#.utf8) }

    private static func call(_ port: UInt16, _ number: Int) throws -> TestResponse {
        try testRequest(port: port, "POST", "/v1/user/job", headers: [("Accept", "application/json")], body: body(number), timeout: 30)
    }

    /// Each on a thread of its own.
    private static func send(_ numbers: Range<Int>, _ port: UInt16, _ answers: Answers) throws -> [ThreadHandle] {
        try numbers.map { number in try startThread(name: "call") { answers.add(number, try? call(port, number)) } }
    }

    private static func admin(_ port: UInt16, _ path: String) throws -> TestResponse {
        try testRequest(port: port, "GET", path, headers: [("Authorization", "Bearer \(token)")], timeout: 30)
    }

    @Test func `past the bound the answer is 503, what was answered 202 is there, and later calls are taken`() throws {
        // Room for five bodies and no sixth.
        let (application, port) = try server(pendingLimit: 5 * Self.size + Self.size / 2)
        defer { application.stop() }
        let other = try Connection(path: database, mode: .readWrite)
        // The writer waits for the database, and with it all calls.
        try other.execute("BEGIN IMMEDIATE")
        let answers = Answers()
        let senders = try Self.send(0..<8, port, answers)
        let wereShed = waitUntil(seconds: 8) { answers.all.count == 3 }
        let early = answers.all
        try other.execute("ROLLBACK")
        for sender in senders { sender.join() }
        #expect(wereShed)
        #expect(early.values.allSatisfy { $0?.status == 503 }, "nothing is answered 202 before the disk has it")

        let all = answers.all.compactMapValues { $0 }
        let taken = all.filter { $0.value.status == 202 }
        let refused = all.filter { $0.value.status == 503 }
        #expect(taken.count == 5 && refused.count == 3, "\(all.mapValues(\.status))")
        for answer in refused.values {
            #expect(answer.header("retry-after") == "1" && answer.header("content-type") == "application/problem+json")
            #expect((try? parseJSON(answer.body))?["code"]?.string == "overloaded", "\(answer.text)")
        }
        for (number, answer) in taken { try expectStored(number, answer, port) }
        #expect(try Self.storedCount(port) == 5, "a refused call leaves nothing")

        // The writer's thread counts the bytes as written right after it has answered.
        var later: TestResponse?
        #expect(
            waitUntil {
                later = try? Self.call(port, 8)
                return later?.status == 202
            })
        try expectStored(8, try #require(later), port)
        #expect(try Self.storedCount(port) == 6)
    }

    @Test func `the bound is 64 MiB unless something else is asked for, and then the same calls are all taken`() throws {
        #expect(ServerConfiguration(directory: "/", dataDirectory: "/") { _ in nil }.pendingLimit == 67_108_864)
        let (application, port) = try server()
        defer { application.stop() }
        let answers = Answers()
        for sender in try Self.send(0..<8, port, answers) { sender.join() }
        #expect(answers.all.values.allSatisfy { $0?.status == 202 } && answers.all.count == 8)
    }

    private func expectStored(_ number: Int, _ answer: TestResponse, _ port: UInt16) throws {
        let id = try #require(try parseJSON(answer.body)["approval_id"]?.string)
        #expect(try Self.admin(port, "/approvals/\(id)/body").body == Self.body(number), "call \(number)")
    }

    private static func storedCount(_ port: UInt16) throws -> Int? {
        try parseJSON(try admin(port, "/approvals").body)["items"]?.array?.count
    }
}

/// What came back, by the number of the call; nil when nothing did.
private final class Answers: Sendable {
    private let answers = Mutex<[Int: TestResponse?]>([:])
    var all: [Int: TestResponse?] { answers.withLock { $0 } }
    func add(_ number: Int, _ answer: TestResponse?) { answers.withLock { $0[number] = .some(answer) } }
}
