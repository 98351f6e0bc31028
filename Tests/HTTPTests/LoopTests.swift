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

    /// Whichever loop has the idle ones, and whichever the kernel wakes.
    @Test(arguments: [(2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]) func idleOnesOfAnotherLoopMakeRoom(loops: Int, idle: Int) throws {
        let served = Served()
        let held = Box<[Reply]>([])
        let server = try TestServer(ClosureHandler { head, body, reply in
            if String(decoding: head.path, as: UTF8.self) == "/hold" { return held.change { $0.append(reply) } }
            served.handler.handle(head, body: body, reply: reply)
        }) {
            $0.loops = loops
            $0.maxConnections = 3 * loops
        }
        let clients = try (0..<3 * loops).map { _ in try TestConnection(port: server.port) }
        for (index, client) in clients.enumerated() { try ask(client, index) }
        #expect(served.perLoop == [Int](repeating: 3, count: loops))
        // Connections come to the loops in turn, beginning with any of them.
        let chosen = try #require(served.threads.value["/\(idle)"])
        let idlers = clients.indices.filter { served.threads.value["/\($0)"] == chosen }
        let busy = clients.indices.filter { !idlers.contains($0) }
        for index in busy { try clients[index].send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n") }
        #expect(waitUntil { held.value.count == busy.count })
        // All of them, one after the other.
        var newcomers: [TestConnection] = []
        for (count, index) in idlers.enumerated() {
            let newcomer = try TestConnection(port: server.port)
            try newcomer.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(waitUntil { held.value.count == busy.count + count + 1 }, "newcomer \(count)")
            #expect(clients[index].isClosedByPeer())
            for later in idlers[(count + 1)...] { try ask(clients[later], later) }
            #expect(server.server.counters.connectionsOpen.load(ordering: .relaxed) <= 3 * loops)
            newcomers.append(newcomer)
        }
        for reply in held.value { reply.send(.text(200, "held")) }
        for client in busy.map({ clients[$0] }) + newcomers { #expect(try client.receiveResponse().text == "held") }
    }

    @Test func nobodyGoesForNobody() throws {
        let server = try TestServer {
            $0.loops = 2
            $0.maxConnections = 4
        }
        let clients = try (0..<4).map { _ in try TestConnection(port: server.port) }
        for client in clients { try askAgain(client) }
        for client in clients { try askAgain(client) }
        #expect(server.server.counters.rejected(.connectionLimit) == 0)
    }

    /// A loop that does not come to its mailbox for long.
    @Test func aLoopIsAskedForRoomOnceAtATime() throws {
        let members = try (0..<3).map { _ in try LoopPorts() }
        let group = LoopGroup(members)
        func asked(_ place: Int) -> [Int] {
            var jobs: [Job] = []
            members[place].mailbox.takeAll(into: &jobs)
            return jobs.map { if case .accept(let asked) = $0 { asked } else { -1 } }
        }
        for _ in 0..<100 { group.askNext(after: members[0], asked: 0) }
        #expect(asked(1) == [1] && asked(2) == [] && asked(0) == [])
        // It has none either, nor has the next: that was all of them.
        group.askNext(after: members[1], asked: 1)
        #expect(asked(2) == [2])
        group.askNext(after: members[2], asked: 2)
        #expect(asked(0) == [])
        // One that has ended is left out.
        members[1].isAsked.store(false, ordering: .relaxed)
        members[2].isAsked.store(false, ordering: .relaxed)
        members[1].end()
        group.askNext(after: members[0], asked: 0)
        #expect(asked(1) == [] && asked(2) == [2])
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

    /// One loop has drained and ended; the other has not read its `drain` yet and accepts.
    @Test func anEndedLoopGetsNoConnections() throws {
        var configuration = HTTPServerConfiguration()
        configuration.loops = 2
        let members = try (0..<2).map { _ in try LoopPorts() }
        let counters = ServerCounters()
        let box = ListenerBox(try Listener(host: "127.0.0.1", port: 0, backlog: 16))
        let environment = ServerEnvironment(
            configuration: configuration, handler: ClosureHandler { _, _, reply in reply.send(.text(200, "x")) }, counters: counters,
            log: LimitLog(counters: counters, write: { _ in }), listeners: [box], loops: LoopGroup(members))
        let b = members[1]
        let thread = try startThread(name: "b") { EventLoop(ports: b, environment: environment).run() }
        b.mailbox.post(.drain(until: .max))
        thread.join()
        #expect(environment.loops.place(from: members[0]) === members[0])
        // The other has one now: the next goes to the dead one for sure.
        #expect(environment.loops.place(from: members[0]) === members[0])
    }
}
