import HTTP
import Posix
import Synchronization
import TestKit
import Testing

@Suite(.serialized) struct LifecycleTests {
    @Test func stopFinishesWhatWasAccepted() throws {
        let replies = Box<[Reply]>([])
        let server = try TestServer(ClosureHandler { _, _, reply in replies.change { $0.append(reply) } })
        let busy = try TestConnection(port: server.port)
        let idle = try TestConnection(port: server.port)
        try busy.send(get)
        #expect(waitUntil { replies.value.count == 1 })
        let stopped = Box(false)
        let thread = try startThread(name: "stop") { [server = server.server] in
            server.stop(drain: 5)
            stopped.change { $0 = true }
        }
        #expect(idle.isClosedByPeer())
        #expect(!stopped.value)
        replies.value.first?.send(.text(200, "finished"))
        let response = try busy.receiveResponse()
        #expect(response.text == "finished")
        #expect(response.header("connection") == "close")
        #expect(busy.isClosedByPeer())
        busy.close()
        thread.join()
        #expect(throws: (any Error).self) { try TestConnection(port: server.port) }
    }

    @Test func stopLeavesWhatDoesNotFinish() throws {
        let handled = Box(0)
        let server = try TestServer(ClosureHandler { _, _, _ in handled.change { $0 += 1 } })
        let client = try TestConnection(port: server.port)
        try client.send(get)
        #expect(waitUntil { handled.value == 1 })
        server.server.stop(drain: 0.1)
        #expect(client.isClosedByPeer())
        server.server.stop(drain: 0.1)
    }

    @Test func stopBeforeStartIsFine() throws {
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: ClosureHandler())
        let port = try server.listen(host: "127.0.0.1", port: 0).port
        server.stop(drain: 1)
        #expect(throws: (any Error).self) { try TestConnection(port: port) }
    }

    @Test func aStoppedServerLeavesNoDescriptor() throws {
        let before = openDescriptorCount()
        do {
            let server = try TestServer { $0.loops = 3 }
            let clients = try (0..<20).map { _ in try TestConnection(port: server.port) }
            for client in clients { try client.send(get) }
            for client in clients { #expect(try client.receiveResponse().status == 200) }
            server.server.stop(drain: 0)
        }
        #expect(waitUntil { openDescriptorCount() <= before })
    }

    @Test func aTakenPortIsAnError() throws {
        let server = try TestServer()
        let other = HTTPServer(configuration: HTTPServerConfiguration(), handler: ClosureHandler())
        #expect(throws: SystemError(errno: 98, call: "bind")) { try other.listen(host: "127.0.0.1", port: server.port) }
        #expect(throws: SystemError.self) { try other.listen(host: "no literal", port: 0) }
    }

    @Test func listensOnIPv6() throws {
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: ClosureHandler())
        #expect(try server.listen(host: "::1", port: 0).description.hasPrefix("[::1]:"))
        server.stop(drain: 0)
    }

    @Test func newcomersTakeThePlaceOfTheLongestIdle() throws {
        let server = try TestServer { $0.maxConnections = 16 }
        var clients: [TestConnection] = []
        for _ in 0..<16 {
            let client = try TestConnection(port: server.port)
            try client.send(get)
            #expect(try client.receiveResponse().status == 200)
            clients.append(client)
        }
        let newcomer = try TestConnection(port: server.port)
        try newcomer.send(get)
        #expect(try newcomer.receiveResponse().status == 200)
        #expect(clients[0].isClosedByPeer())
        try clients[15].send(get)
        #expect(try clients[15].receiveResponse().status == 200)
    }

    @Test(arguments: [1, 2]) func newcomersWaitWhileNobodyIsIdle(loops: Int) throws {
        let replies = Box<[Reply]>([])
        let server = try TestServer(ClosureHandler { _, _, reply in replies.change { $0.append(reply) } }) {
            $0.loops = loops
            $0.maxConnections = 2
            $0.deadlines.acceptPause = 20_000
        }
        let clients = try (0..<3).map { _ in try TestConnection(port: server.port) }
        for client in clients { try client.send(get) }
        #expect(waitUntil { replies.value.count == 2 && server.server.counters.rejected(.connectionLimit) > 2 })
        #expect(server.server.counters.connectionsOpen.load(ordering: .relaxed) == 2)
        for reply in replies.value { reply.send(.text(200, "")) }
        #expect(waitUntil { replies.value.count == 3 })
    }

    @Test func clientsThatVanishDoNoHarm() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in
            let big = [UInt8](repeating: 65, count: 100_000)
            try? startThread(name: "late") { reply.send(Response(status: 200, body: big)) }.detach()
        })
        var generator = SplitMix64(seed: 11)
        let request = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".utf8)
        for _ in 0..<200 {
            let client = try TestConnection(port: server.port)
            try client.send(Array(request[..<generator.below(request.count + 1)]))
            if generator.below(2) == 0 { client.reset() } else { client.close() }
        }
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
        let client = try TestConnection(port: server.port)
        try client.send(request)
        #expect(try client.receiveResponse().body.count == 100_000)
    }
}
