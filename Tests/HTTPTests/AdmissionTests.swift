import HTTP
import Posix
import Synchronization
import TestKit
import Testing

/// What is decided on the head: Expect, early refusals, and bodies that nobody reads.
@Suite(.serialized) struct AdmissionTests {
    private func picky() -> ClosureHandler {
        ClosureHandler(
            echo,
            admit: { head in
                head.path.elementsEqual("/missing".utf8) ? .refuse(.text(404, "no such thing")) : .accept(maxBody: 10)
            })
    }

    @Test func continueIsSentOnceBeforeTheBodyIsRead() throws {
        let server = try TestServer(picky())
        let client = try TestConnection(port: server.port)
        for framing in ["Content-Length: 3", "Transfer-Encoding: chunked"] {
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\(framing)\r\n\r\n")
            #expect(try client.receiveResponse().status == 100)
            try client.send(framing.hasPrefix("C") ? "abc" : "3\r\nabc\r\n0\r\n\r\n")
            #expect(try client.receiveResponse().text == "POST / abc")
        }
    }

    @Test func continueIsLeftOutWhenTheBodyIsThere() throws {
        let server = try TestServer(picky())
        let client = try TestConnection(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.receiveResponse().status == 200)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receiveResponse().status == 200)
    }

    @Test func continueIsNotSentToAnOldClient() throws {
        let server = try TestServer(picky())
        let client = try TestConnection(port: server.port)
        try client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        try client.send("abc")
        #expect(try client.receiveResponse().status == 200)
    }

    @Test func continueComesAfterTheAnswersBeforeIt() throws {
        let server = try TestServer(picky())
        let client = try TestConnection(port: server.port)
        try client.send(get + "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        #expect(try client.receiveResponse().status == 200)
        #expect(try client.receiveResponse().status == 100)
    }

    @Test(arguments: [
        ("POST /missing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: something\r\nContent-Length: 3\r\n\r\n", 417),
        ("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nabc", 404),
        ("POST /missing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n", 413),
    ])
    func refusesAtOnceAndCloses(request: String, expected: Int) throws {
        let server = try TestServer(picky())
        let client = try TestConnection(port: server.port)
        try client.send(request)
        let response = try client.receiveResponse()
        #expect(response.status == expected)
        #expect(response.header("connection") == "close")
        #expect(client.isClosedByPeer())
    }

    @Test func aRefusedRequestWhoseBodyHasComeDoesNotEndTheConnection() throws {
        let server = try TestServer(picky())
        for body in ["Content-Length: 31\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "\r\n"] {
            let client = try TestConnection(port: server.port)
            let padded = body.hasPrefix("C") ? body.replacing("31", with: "\(body.utf8.count - "Content-Length: 31\r\n\r\n".utf8.count)") : body
            try client.send("POST /missing HTTP/1.1\r\nHost: a\r\n" + padded + get)
            #expect(try client.receiveResponse().status == 404)
            #expect(try client.receiveResponse().text == "GET / ")
        }
    }

    @Test func theClientReadsTheRefusalThoughItIsStillSending() throws {
        let server = try TestServer(picky())
        for _ in 0..<5 {
            let client = try TestConnection(port: server.port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
            // Far more than the socket buffers hold: without a staged close the kernel would reset the connection.
            for _ in 0..<40 { try client.send([UInt8](repeating: 65, count: 64 * 1024)) }
            #expect(try client.receiveResponse().status == 413)
            #expect(client.isClosedByPeer())
        }
    }

    @Test func bodiesOfAllConnectionsShareABudget() throws {
        let handler = ClosureHandler(echo, admit: { _ in .accept(maxBody: 1 << 20) })
        let server = try TestServer(handler) { $0.bodyBudget = 300_000 }
        let first = try TestConnection(port: server.port)
        try first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
        try first.send([UInt8](repeating: 65, count: 199_999))
        #expect(waitUntil { server.server.counters.bodyMemory.load(ordering: .relaxed) > 150_000 })
        let second = try TestConnection(port: server.port)
        try second.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
        try second.send([UInt8](repeating: 65, count: 199_999))
        let refusal = try second.receiveResponse()
        #expect(refusal.status == 503)
        #expect(refusal.header("retry-after") != nil)
        try first.send("A")
        #expect(try first.receiveResponse().status == 200)
        #expect(waitUntil { server.server.counters.bodyMemory.load(ordering: .relaxed) == 0 })
    }

    @Test func largeBodiesArriveWhole() throws {
        let server = try TestServer(
            ClosureHandler(
                { _, body, reply in reply.send(.text(200, "\(body.count) \(body.reduce(0) { $0 &+ Int($1) })")) },
                admit: { _ in .accept(maxBody: 8 << 20) }))
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let sum = body.reduce(0) { $0 &+ Int($1) }
        let client = try TestConnection(port: server.port)
        try client.send(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n".utf8) + body)
        #expect(try client.receiveResponse().text == "3000000 \(sum)")
        var chunked = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        for start in stride(from: 0, to: body.count, by: 30_000) { chunked += Array("7530\r\n".utf8) + body[start..<start + 30_000] + [13, 10] }
        try client.send(chunked + Array("0\r\n\r\n".utf8))
        #expect(try client.receiveResponse().text == "3000000 \(sum)")
    }
}
