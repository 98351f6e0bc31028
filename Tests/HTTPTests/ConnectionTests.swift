import HTTP
import Posix
import Synchronization
import TestKit
import Testing

@Suite(.serialized) struct ConnectionTests {
    @Test func answersOneRequestAfterAnotherOnOneConnection() throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        for index in 0..<3 {
            try client.send("POST /a\(index) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
            let response = try client.receiveResponse()
            #expect(response.status == 200)
            #expect(response.text == "POST /a\(index) hi")
            #expect(response.header("date") != nil)
            #expect(response.header("connection") == nil)
        }
    }

    @Test func answersPipelinedRequestsInOrderWhateverTheCut() throws {
        let server = try TestServer()
        let burst = (0..<20).map { index in
            index % 2 == 0
                ? "GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n"
                : "POST /\(index) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        }.joined()
        for step in [1, 7, 100, 100_000] {
            let client = try TestConnection(port: server.port)
            let bytes = Array(burst.utf8)
            for start in stride(from: 0, to: bytes.count, by: step) { try client.send(Array(bytes[start..<min(start + step, bytes.count)])) }
            for index in 0..<20 {
                #expect(try client.receiveResponse().text == (index % 2 == 0 ? "GET /\(index) " : "POST /\(index) abcde"))
            }
        }
    }

    @Test func aMalformedRequestDoesNotCostTheGoodOnesTheirAnswers() throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        try client.send(get + get + "BAD\r\n\r\n" + get)
        #expect(try client.receiveResponse().status == 200)
        #expect(try client.receiveResponse().status == 200)
        let refusal = try client.receiveResponse()
        #expect(refusal.status == 400)
        #expect(refusal.header("connection") == "close")
        #expect(client.isClosedByPeer())
    }

    @Test func headHasTheFieldsOfGetAndNoBody() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in reply.send(.text(200, "hello")) })
        let client = try TestConnection(port: server.port)
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get)
        let head = try client.receiveResponse(toHead: true)
        #expect(head.header("content-length") == "5")
        #expect(try client.receiveResponse().text == "hello")
    }

    @Test func aResponseWithoutContentHasNoLength() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in reply.send(Response(status: 204, body: [1])) })
        let client = try TestConnection(port: server.port)
        try client.send(get + get)
        #expect(try client.receiveResponse().header("content-length") == nil)
        #expect(try client.receiveResponse().status == 204)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", "close"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nconnection: close\r\n\r\n", "close"),
        ("GET / HTTP/1.0\r\n\r\n", "close"),
    ])
    func closesWhenTheClientSaysSo(request: String, field: String) throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        try client.send(request + get)
        #expect(try client.receiveResponse().header("connection") == field)
        #expect(client.isClosedByPeer())
    }

    @Test func keepsAnOldClientThatAsksForIt() throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            #expect(try client.receiveResponse().header("connection") == "keep-alive")
        }
    }

    @Test func answersAClientThatHasFinishedSending() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in
            try? startThread(name: "late") { reply.send(.text(200, "late")) }.detach()
        })
        let client = try TestConnection(port: server.port)
        try client.send(get)
        client.finishSending()
        #expect(try client.receiveResponse().text == "late")
        #expect(client.isClosedByPeer())
    }

    @Test func aRequestCutShortIsNeverHandled() throws {
        let handled = Box(0)
        let server = try TestServer(ClosureHandler { _, _, reply in
            handled.change { $0 += 1 }
            reply.send(.text(200, ""))
        })
        for text in ["GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
            let client = try TestConnection(port: server.port)
            try client.send(text)
            client.finishSending()
            #expect(client.isClosedByPeer())
        }
        #expect(handled.value == 0)
    }

    @Test func answersForTheServerAsAWhole() throws {
        let server = try TestServer()
        let client = try TestConnection(port: server.port)
        try client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + get)
        let response = try client.receiveResponse()
        #expect(response.status == 204)
        #expect(response.header("allow")?.contains("POST") == true)
        #expect(try client.receiveResponse().status == 200)
    }

    @Test func anAbsoluteTargetHasPathAndAuthority() throws {
        let server = try TestServer(ClosureHandler { head, _, reply in
            reply.send(.text(200, "\(String(decoding: head.host, as: UTF8.self)) \(String(decoding: head.path, as: UTF8.self)) \(String(decoding: head.query, as: UTF8.self))"))
        })
        let client = try TestConnection(port: server.port)
        try client.send("GET HTTP://b:1/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\nGET http://c?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receiveResponse().text == "b:1 /x y=1")
        #expect(try client.receiveResponse().text == "c / q")
    }

    @Test func anAnswerFromAnotherThreadComesBeforeThatOfTheNextRequest() throws {
        let server = try TestServer(ClosureHandler { head, _, reply in
            let path = String(decoding: head.path, as: UTF8.self)
            guard path == "/slow" else { return reply.send(.text(200, path)) }
            try? startThread(name: "late") {
                reply.send(.text(200, path))
                reply.send(.text(500, "a second answer"))
            }.detach()
        })
        let client = try TestConnection(port: server.port)
        for _ in 0..<50 {
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveResponse().text == "/slow")
            #expect(try client.receiveResponse().text == "/fast")
        }
    }

    @Test func aFieldThatCannotBeSentBecomesAnError() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in
            reply.send(Response(status: 302, headers: [("Location", "/a\r\nSet-Cookie: b=c")]))
        })
        let client = try TestConnection(port: server.port)
        try client.send(get)
        let response = try client.receiveResponse()
        #expect(response.status == 500)
        #expect(response.header("set-cookie") == nil)
    }

    @Test func framingFieldsOfAHandlerAreDropped() throws {
        let server = try TestServer(ClosureHandler { _, _, reply in
            reply.send(Response(status: 200, headers: [("content-Length", "99"), ("Transfer-Encoding", "chunked"), ("X-A", "1")], body: [65]))
        })
        let client = try TestConnection(port: server.port)
        try client.send(get)
        let response = try client.receiveResponse()
        #expect(response.headers.filter { $0.name == "content-length" }.map(\.value) == ["1"])
        #expect(response.header("transfer-encoding") == nil)
        #expect(response.header("x-a") == "1")
    }

    @Test func manyIdleConnectionsCostNoDescriptorAfterwards() throws {
        raiseDescriptorLimit()
        let server = try TestServer()
        let before = openDescriptorCount()
        var clients: [TestConnection] = []
        for _ in 0..<1000 { clients.append(try TestConnection(port: server.port)) }
        for client in clients { try client.send(get) }
        for client in clients { #expect(try client.receiveResponse().status == 200) }
        #expect(server.server.counters.connectionsOpen.load(ordering: .relaxed) == 1000)
        for client in clients { client.close() }
        #expect(waitUntil { server.server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
        #expect(waitUntil { openDescriptorCount() <= before })
    }
}
