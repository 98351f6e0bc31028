import HTTP
import Posix
import TestKit
import Testing

/// Many clients that trickle: they are ended, and nobody else waits for them.
@Suite(.serialized) struct SlowClientTests {
    @Test func goodClientsAreServedBesideFiveHundredSlowOnes() throws {
        let server = try TestServer { $0.deadlines.header = 1_500_000 }
        let slow = try (0..<500).map { index in
            let client = try TestConnection(port: server.port, timeout: 15)
            // Some in the request line, some in the fields.
            try client.send(index % 2 == 0 ? "GET /slow" : "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            return client
        }
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 500 })
        let good = try TestConnection(port: server.port)
        for _ in 0..<200 {
            for client in [slow.first, slow.last].compactMap(\.self) { _ = writeOctet(client.descriptor, 65) }
            try good.send(get)
            #expect(try good.receiveResponse().status == 200)
        }
        for client in slow { #expect(try client.receiveResponse().status == 408) }
        #expect(server.server.counters.rejected(.headerTimeout) == 500)
    }

    @Test(arguments: ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "GET / HTTP/1.1\r\nHost", "GE", "\r\n"])
    func anEndInsideARequestClosesAtOnce(request: String) throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        try client.send(request)
        client.finishSending()
        #expect(client.isClosedByPeer())
        #expect(server.server.counters.requests.load(ordering: .relaxed) == 0)
    }
}
