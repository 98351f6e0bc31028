import HTTP
import Posix
import Synchronization
import TestKit
import Testing

/// Slow clients, and those that do not read.
@Suite(.serialized) struct DeadlineTests {
    private func impatient(_ handler: ClosureHandler = ClosureHandler(), _ change: (inout Deadlines) -> Void) throws -> TestServer {
        try TestServer(handler) { change(&$0.deadlines) }
    }

    /// Sends an octet every 20 ms until the server ends the connection; what it said before.
    private func drip(_ client: TestConnection, _ octet: UInt8) throws -> TestResponse {
        let sender = Box(true)
        let descriptor = client.descriptor
        let thread = try startThread(name: "drip") {
            let pacer = TestPacer()
            while sender.value, writeOctet(descriptor, octet) { pacer.pause(milliseconds: 20) }
        }
        defer {
            sender.change { $0 = false }
            thread.join()
        }
        return try client.receiveResponse()
    }

    @Test func theHeaderDeadlineIsNotRestartedByOctets() throws {
        let server = try impatient { $0.header = 300_000 }
        let client = try TestConnection(port: server.port)
        try client.send("GET / HTTP/1.1\r\nX: ")
        #expect(try drip(client, 65).status == 408)
        #expect(client.isClosedByPeer())
        #expect(server.server.counters.rejected(.headerTimeout) == 1)
    }

    @Test func theHeaderDeadlineHoldsOnAKeptConnectionToo() throws {
        let server = try impatient { $0.header = 200_000 }
        let client = try TestConnection(port: server.port)
        try client.send(get)
        #expect(try client.receiveResponse().status == 200)
        try client.send("G")
        #expect(try client.receiveResponse().status == 408)
    }

    @Test func aConnectionThatSaysNothingIsClosed() throws {
        let server = try impatient { $0.header = 150_000 }
        #expect(try TestConnection(port: server.port).isClosedByPeer())
    }

    @Test func anIdleConnectionIsClosed() throws {
        let server = try impatient { $0.keepAlive = 150_000 }
        let client = try TestConnection(port: server.port)
        try client.send(get)
        #expect(try client.receiveResponse().status == 200)
        #expect(client.isClosedByPeer())
    }

    @Test func aBodyThatPausesIsRefused() throws {
        let server = try impatient { $0.bodyPause = 150_000 }
        let client = try TestConnection(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
        #expect(try client.receiveResponse().status == 408)
        #expect(client.isClosedByPeer())
    }

    @Test func aBodyThatDripsIsRefused() throws {
        let server = try impatient {
            $0.body = 300_000
            $0.bodyPause = 5_000_000
        }
        let client = try TestConnection(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        #expect(try drip(client, 65).status == 408)
        #expect(server.server.counters.rejected(.bodyTimeout) == 1)
    }

    @Test func aClientThatDoesNotReadIsClosed() throws {
        let big = [UInt8](repeating: 65, count: 8 << 20)
        let server = try impatient(ClosureHandler { _, _, reply in reply.send(Response(status: 200, body: big)) }) { $0.writeStall = 200_000 }
        let client = try TestConnection(port: server.port, receiveBuffer: 4096)
        try client.send(get)
        #expect(waitUntil { server.server.counters.rejected(.writeStalled) == 1 })
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
    }

    @Test func answersWaitUntilTheyAreReadAndNothingMoreIsTakenMeanwhile() throws {
        let handled = Box(0)
        let big = [UInt8](repeating: 65, count: 200_000)
        let server = try TestServer(ClosureHandler { _, _, reply in
            handled.change { $0 += 1 }
            reply.send(Response(status: 200, body: big))
        })
        let client = try TestConnection(port: server.port, receiveBuffer: 4096)
        // Large answers, so that the client now and then makes room in the middle of a turn of the loop.
        for _ in 0..<150 { try client.send(get) }
        #expect(waitUntil { handled.value > 0 })
        for _ in 0..<150 { #expect(try client.receiveResponse().body == big) }
        #expect(handled.value == 150)
    }

    @Test func aLingeringClientIsLeftAfterAMoment() throws {
        let server = try impatient { $0.linger = 150_000 }
        let client = try TestConnection(port: server.port)
        try client.send("BAD\r\n\r\n")
        #expect(try client.receiveResponse().status == 400)
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
        #expect(client.isClosedByPeer())
    }

    @Test func aLimitIsLoggedOnceASecond() throws {
        let lines = Box<[String]>([])
        let server = try TestServer { $0.log = { line in lines.change { $0.append(line) } } }
        for _ in 0..<20 {
            let client = try TestConnection(port: server.port)
            try client.send("BAD\r\n\r\n")
            #expect(try client.receiveResponse().status == 400)
        }
        #expect(server.server.counters.rejected(.malformed) == 20)
        #expect((1...3).contains(lines.value.count))
        #expect(lines.value.first?.contains("malformed from 127.0.0.1:") == true)
    }
}
