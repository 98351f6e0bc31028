import HTTP
import Posix
import Synchronization
import TestKit
import Testing

@Suite(.serialized) struct StreamTests {
    /// A handler that keeps its streams for the test.
    private func streaming(_ streams: Box<[ResponseStream]>) -> ClosureHandler {
        ClosureHandler { head, body, reply in
            if head.path.elementsEqual("/plain".utf8) { return echo(head, body, reply) }
            let stream = reply.stream(status: 200, headers: [("Content-Type", "text/event-stream")])
            streams.change { $0.append(stream) }
        }
    }

    private func first(_ streams: Box<[ResponseStream]>) throws -> ResponseStream {
        #expect(waitUntil { !streams.value.isEmpty })
        return try #require(streams.value.first)
    }

    @Test func chunksArriveAsTheyAreWrittenAndTheConnectionGoesOn() throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams))
        let client = try TestConnection(port: server.port)
        try client.send(get + "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n")
        let stream = try first(streams)
        let closed = Box(0)
        stream.onClose { closed.change { $0 += 1 } }
        #expect(try client.receive(until: "\r\n\r\n").contains("Transfer-Encoding: chunked"))
        #expect(stream.write(Array("hello".utf8)))
        #expect(try client.receive(until: "5\r\nhello\r\n").hasPrefix("5"))
        #expect(stream.write(Array("again".utf8)))
        stream.finish()
        #expect(!stream.write([1]))
        #expect(try client.receive(until: "0\r\n\r\n") == "5\r\nagain\r\n0\r\n\r\n")
        #expect(try client.receiveResponse().text == "GET /plain ")
        #expect(waitUntil { closed.value == 1 })
    }

    @Test func anOldClientGetsTheStreamUntilTheEndOfTheConnection() throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams))
        let client = try TestConnection(port: server.port)
        try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let stream = try first(streams)
        stream.write(Array("abc".utf8))
        stream.finish()
        let response = try client.receiveResponse()
        #expect(response.text == "abc")
        #expect(response.header("connection") == "close")
        #expect(response.header("transfer-encoding") == nil)
    }

    @Test func headOfAStreamHasNoBody() throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams))
        let client = try TestConnection(port: server.port)
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receiveResponse(toHead: true).status == 200)
        #expect(try client.receiveResponse().text == "GET /plain ")
        let stream = try first(streams)
        #expect(waitUntil { !stream.write([1]) })
    }

    @Test(arguments: [true, false]) func theStreamEndsWhenTheClientGoes(byReset: Bool) throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams))
        let client = try TestConnection(port: server.port)
        try client.send(get)
        let stream = try first(streams)
        let closed = Box(0)
        stream.onClose { closed.change { $0 += 1 } }
        _ = try client.receive(until: "\r\n\r\n")
        if byReset { client.reset() } else { client.close() }
        #expect(waitUntil { closed.value == 1 })
        #expect(!stream.write([1]))
        let late = Box(0)
        stream.onClose { late.change { $0 += 1 } }
        #expect(late.value == 1)
    }

    @Test func aReaderThatIsTooSlowLosesItsStreamNotItsMiddle() throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams)) { $0.streamBuffer = 100_000 }
        let client = try TestConnection(port: server.port, receiveBuffer: 4096)
        try client.send(get)
        let stream = try first(streams)
        let closed = Box(0)
        stream.onClose { closed.change { $0 += 1 } }
        let piece = [UInt8](repeating: 65, count: 50_000)
        #expect(waitUntil { !stream.write(piece) })
        #expect(waitUntil { closed.value == 1 })
        #expect(server.server.counters.rejected(.streamTooSlow) == 1)
    }

    @Test func manyWritersKeepTheirOrder() throws {
        let streams = Box<[ResponseStream]>([])
        let server = try TestServer(streaming(streams)) { $0.loops = 2 }
        let client = try TestConnection(port: server.port)
        try client.send(get)
        let stream = try first(streams)
        for index in 0..<2000 { #expect(stream.write(Array("\(index)\n".utf8))) }
        stream.finish()
        #expect(try client.receiveResponse().text == (0..<2000).map { "\($0)\n" }.joined())
    }
}
