import Glibc
import Posix
import Synchronization
import TestKit
import Testing

@testable import HTTP

/// Several loops: who serves which connection.
@Suite(.serialized) struct LoopTests {
    private final class Served: Sendable {
        /// Connections by the thread that served their last request.
        let threads = Box<[String: UInt]>([:])
        var perLoop: [Int] { Dictionary(grouping: threads.value.values) { $0 }.values.map(\.count).sorted() }
        /// The path names the connection.
        var handler: ClosureHandler {
            ClosureHandler { [threads] head, _, reply in
                let name = String(decoding: head.path, as: UTF8.self)
                threads.change { $0[name] = UInt(pthread_self()) }
                reply.send(.text(200, name))
            }
        }
    }

    private func ask(_ client: TestConnection, _ name: Int) throws {
        try client.send("GET /\(name) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receiveResponse().text == "/\(name)")
    }

    @Test(arguments: [1, 2, 3]) func connectionsAreSpreadEvenly(loops: Int) throws {
        let served = Served()
        let server = try TestServer(served.handler) { $0.loops = loops }
        var clients = try (0..<60).map { _ in try TestConnection(port: server.port) }
        for (index, client) in clients.enumerated() { try ask(client, index) }
        #expect(served.perLoop == [Int](repeating: 60 / loops, count: loops))
        // Those that come later fill the gaps of those that went.
        let first = served.threads.value["/0"]
        for (index, client) in clients.enumerated() where served.threads.value["/\(index)"] == first { client.close() }
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 60 - 60 / loops })
        served.threads.change { threads in threads = threads.filter { $0.value != first } }
        for index in 60..<60 + 60 / loops {
            clients.append(try TestConnection(port: server.port))
            try ask(clients[index], index)
        }
        #expect(served.perLoop == [Int](repeating: 60 / loops, count: loops))
    }

    /// Loops that accept at once: none places by what another has just changed.
    @Test func placesAreTakenOneByOne() throws {
        let members = try (0..<3).map { _ in try LoopPorts() }
        let group = LoopGroup(members)
        let threads = try members.map { own in
            try startThread(name: "accept") { for _ in 0..<10_000 { _ = group.place(from: own) } }
        }
        for thread in threads { thread.join() }
        #expect(members.map { $0.load.load(ordering: .relaxed) } == [10_000, 10_000, 10_000])
        #expect(group.hasRoom(below: 10_001))
        #expect(!group.hasRoom(below: 10_000))
    }

    @Test func connectionsOfAUnixSocketAreSpreadEvenly() throws {
        let directory = try TemporaryDirectory()
        let served = Served()
        var configuration = HTTPServerConfiguration()
        configuration.loops = 2
        let server = HTTPServer(configuration: configuration, handler: served.handler)
        try server.listen(unixPath: directory.file("socket"))
        try server.start()
        defer { server.stop(drain: 0) }
        let clients = try (0..<20).map { _ in try TestConnection(unixPath: directory.file("socket")) }
        for (index, client) in clients.enumerated() { try ask(client, index) }
        #expect(served.perLoop == [10, 10])
    }

    /// All is full with idle ones.
    @Test func idleOnesMakeRoomOnSeveralLoops() throws {
        let server = try TestServer {
            $0.loops = 3
            $0.maxConnections = 12
        }
        var clients: [TestConnection] = []
        for index in 0..<36 {
            let client = try TestConnection(port: server.port)
            try askAgain(client)
            clients.append(client)
            #expect(server.server.counters.connectionsOpen.load(ordering: .relaxed) <= 12, "after \(index)")
        }
        try askAgain(try #require(clients.last))
    }

    private func askAgain(_ client: TestConnection) throws {
        try client.send(get)
        #expect(try client.receiveResponse().status == 200)
    }

    /// Connections that were accepted are served to the end by whichever loop has them, also those that are on their way to it.
    @Test(arguments: [2, 3]) func aStopLosesNoAcceptedRequest(loops: Int) throws {
        let replies = Box<[Reply]>([])
        let server = try TestServer(ClosureHandler { _, _, reply in replies.change { $0.append(reply) } }) { $0.loops = loops }
        let clients = try (0..<30).map { _ in try TestConnection(port: server.port) }
        for client in clients { try client.send(get) }
        #expect(waitUntil { replies.value.count == 30 })
        let thread = try startThread(name: "stop") { [server = server.server] in server.stop(drain: 10) }
        for reply in replies.value { reply.send(.text(200, "finished")) }
        for client in clients {
            #expect(try client.receiveResponse().text == "finished")
            client.close()
        }
        thread.join()
        #expect(server.server.counters.connectionsOpen.load(ordering: .relaxed) == 0)
    }
}
