import Synchronization
import Testing

import Curl

private func answer(_ text: String, holds: Bool = false) -> LoopbackServer.Answer {
    .init(bytes: [UInt8](text.utf8), holds: holds)
}

private let ok = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Test:  a b \r\nX-Empty:\r\nx-test: second\r\n\r\nhi")

/// The error of a call that must fail.
private func failure(_ request: OutgoingRequest) throws -> CurlError {
    do {
        let response = try performHTTP(request)
        Issue.record("answered with \(response.status)")
        return try #require(nil as CurlError?)
    } catch let error as CurlError {
        return error
    }
}

@Suite(.serialized) struct ExchangeTests {
    @Test func aRequestIsSentAsGivenAndItsAnswerRead() throws {
        let server = try LoopbackServer(answer: ok)
        var request = OutgoingRequest(
            method: "POST", url: server.url, headers: [.init("X-Key", "secret"), .init("X-None", ""), .init("Content-Type", "application/json")],
            body: [UInt8]("{\"a\":1}".utf8))
        request.userAgent = "Sluice/1.2"
        let response = try performHTTP(request)
        #expect(response.status == 200)
        #expect(response.body == [UInt8]("hi".utf8))
        #expect(!response.bodyWasCut)
        #expect(response.header("X-TEST") == "a b")
        #expect(response.header("x-empty") == "")
        #expect(response.header("absent") == nil)
        #expect(response.head.headers.count == 4)
        #expect(server.request.hasPrefix("POST /path?q=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        for line in ["User-Agent: Sluice/1.2", "X-Key: secret", "X-None:", "Content-Type: application/json", "Content-Length: 7"] {
            #expect(server.request.contains("\r\n\(line)\r\n"), "\(line)")
        }
        #expect(server.request.hasSuffix("\r\n\r\n{\"a\":1}"))
    }

    @Test(arguments: ["GET", "DELETE", "PATCH", "OPTIONS"])
    func methodsWithoutABodySendNone(method: String) throws {
        let server = try LoopbackServer(answer: ok)
        #expect(try performHTTP(OutgoingRequest(method: method, url: server.url)).status == 200)
        #expect(server.request.hasPrefix("\(method) /path?q=1 HTTP/1.1\r\n"))
        #expect(!server.request.contains("Content-"))
    }

    @Test func anEmptyBodyHasALengthAndNoInventedHeaders() throws {
        let server = try LoopbackServer(answer: ok)
        #expect(try performHTTP(OutgoingRequest(method: "POST", url: server.url, body: [])).status == 200)
        #expect(server.request.contains("\r\nContent-Length: 0\r\n"))
        #expect(!server.request.contains("Content-Type"))
        #expect(!server.request.contains("Expect"))
    }

    @Test func aHeadAnswerHasNoBody() throws {
        let server = try LoopbackServer(answer: answer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"))
        let response = try performHTTP(OutgoingRequest(method: "HEAD", url: server.url))
        #expect(response.body.isEmpty)
        #expect(response.header("Content-Length") == "500")
    }

    @Test(arguments: [204, 302, 404, 500])
    func everyStatusIsAnAnswer(status: Int) throws {
        let server = try LoopbackServer(answer: answer("HTTP/1.1 \(status) X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))
        let response = try performHTTP(OutgoingRequest(url: server.url))
        #expect(response.status == status, "a redirect is not followed")
        #expect(response.header("location") == "http://127.0.0.1:1/")
    }

    @Test func informationalAnswersAndTrailersAreNotTheHead() throws {
        let server = try LoopbackServer(
            answer: answer(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n2\r\nab\r\n0\r\nT: 1\r\n\r\n"))
        let response = try performHTTP(OutgoingRequest(url: server.url))
        #expect(response.status == 201)
        #expect(response.body == [UInt8]("ab".utf8))
        #expect(response.head.headers.map(\.name) == ["Transfer-Encoding", "Trailer"])
    }

    @Test func theBodyIsBoundedOnBothSides() throws {
        let long = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        func request(_ server: LoopbackServer, _ limit: Int) -> OutgoingRequest {
            var request = OutgoingRequest(url: server.url)
            request.maxResponseBytes = limit
            return request
        }
        let fits = try LoopbackServer(answer: long)
        #expect(try performHTTP(request(fits, 10)).body.count == 10)
        let tooLong = try LoopbackServer(answer: long)
        let error = try failure(request(tooLong, 9))
        #expect(error.kind == .responseTooLarge)
        #expect(!error.isTransient)
        let cut = try LoopbackServer(answer: long)
        var cutting = request(cut, 9)
        cutting.cutsLongBody = true
        let response = try performHTTP(cutting)
        #expect(response.body == [UInt8]("012345678".utf8))
        #expect(response.bodyWasCut)
        #expect(response.status == 200)
    }

    @Test func anEndlessHeaderIsRefused() throws {
        let lines = (0..<2000).map { "X-\($0): \(String(repeating: "v", count: 40))\r\n" }.joined()
        let server = try LoopbackServer(answer: answer("HTTP/1.1 200 OK\r\n\(lines)\r\n"))
        #expect(try failure(OutgoingRequest(url: server.url)).kind == .responseTooLarge)
    }

    @Test func aStreamHandsOverTheHeadAndThenThePieces() throws {
        let server = try LoopbackServer(
            answer: answer("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\ndata: 2\n\n"))
        let seen = Mutex<[String]>([])
        var request = OutgoingRequest(url: server.url)
        request.totalTimeout = nil
        request.maxResponseBytes = 0
        let response = try streamHTTP(
            request,
            onHead: { head in
                seen.withLock { $0.append(head.header("Content-Type") ?? "") }
                return true
            },
            onBytes: { bytes in
                seen.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
                return true
            })
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        #expect(seen.withLock { $0.first } == "text/event-stream")
        #expect(seen.withLock { $0.dropFirst().joined() } == "data: 1\n\ndata: 2\n\n")
    }

    @Test func aCallbackEndsAStream() throws {
        let server = try LoopbackServer(answer: answer("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", holds: true))
        #expect(throws: CurlError.self) {
            try streamHTTP(OutgoingRequest(url: server.url), onHead: { _ in true }, onBytes: { _ in false })
        }
        let other = try LoopbackServer(answer: answer("HTTP/1.1 500 X\r\n\r\n", holds: true))
        do {
            _ = try streamHTTP(OutgoingRequest(url: other.url), onHead: { $0.status == 200 }, onBytes: { _ in true })
            Issue.record("not ended")
        } catch {
            #expect(error.kind == .cancelled)
        }
    }
}

@Suite(.serialized) struct FailureTests {
    @Test func silenceEndsInATimeout() throws {
        let server = try LoopbackServer(answer: answer("", holds: true))
        var request = OutgoingRequest(url: server.url)
        request.totalTimeout = .milliseconds(150)
        let error = try failure(request)
        #expect(error.kind == .timeout)
        #expect(error.isTransient)
    }

    @Test func anExchangeCanBeCancelled() throws {
        let server = try LoopbackServer(answer: answer("", holds: true))
        var request = OutgoingRequest(url: server.url)
        request.isCancelled = { true }
        #expect(try failure(request).kind == .cancelled)
    }

    @Test func aClosedPortIsTransient() throws {
        let port: UInt16
        do { port = try LoopbackServer(answer: ok).port }
        let error = try failure(OutgoingRequest(url: "http://127.0.0.1:\(port)/secret-path"))
        #expect(error.kind == .connect)
        #expect(error.isTransient)
        #expect(!error.message.contains("secret-path"))
    }

    @Test func aConnectionThatBreaksIsTransient() throws {
        let nothing = try LoopbackServer(answer: answer(""))
        #expect(try failure(OutgoingRequest(url: nothing.url)).kind == .transfer)
        let half = try LoopbackServer(answer: answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
        let error = try failure(OutgoingRequest(url: half.url))
        #expect(error.kind == .transfer)
        #expect(error.isTransient)
    }

    @Test func whatIsNotHTTPIsPermanent() throws {
        let server = try LoopbackServer(answer: answer("SSH-2.0-OpenSSH\r\n"))
        let error = try failure(OutgoingRequest(url: server.url))
        #expect(!error.isTransient)
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://", "http://a b/", "http://127.0.0.1/\r\nX: y", ""])
    func onlyHTTPURLsAreSent(url: String) throws {
        let error = try failure(OutgoingRequest(url: url))
        #expect(error.kind == .invalidRequest, "\(error)")
        #expect(!error.isTransient)
    }

    @Test func lineBreaksCannotAddHeaders() throws {
        func kind(_ change: (inout OutgoingRequest) -> Void) throws -> CurlError.Kind {
            var request = OutgoingRequest(url: "http://127.0.0.1:1/")
            change(&request)
            return try failure(request).kind
        }
        #expect(try kind { $0.headers = [.init("A", "b\r\nC: d")] } == .invalidRequest)
        #expect(try kind { $0.headers = [.init("A\nB", "c")] } == .invalidRequest)
        #expect(try kind { $0.headers = [.init("A", "b\0c")] } == .invalidRequest)
        #expect(try kind { $0.headers = [.init("", "b")] } == .invalidRequest)
        #expect(try kind { $0.headers = [.init("A:", "b")] } == .invalidRequest)
        #expect(try kind { $0.method = "GET /x HTTP/1.1\r\n" } == .invalidRequest)
        #expect(try kind { $0.userAgent = "a\nb" } == .invalidRequest)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "10.0.0.1", "169.254.169.254", "192.168.1.1"])
    func privateAddressesCanBeDenied(host: String) throws {
        let server = try LoopbackServer(answer: ok)
        var request = OutgoingRequest(url: "http://\(host):\(server.port)/")
        request.denyPrivateAddresses = true
        let error = try failure(request)
        #expect(error.kind == .deniedAddress, "\(error)")
        #expect(!error.isTransient)
        #expect(server.request.isEmpty)
    }

    @Test(arguments: ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"])
    func linkLocalAddressesAreDeniedUnlessAllowed(host: String) throws {
        let error = try failure(OutgoingRequest(url: "http://\(host):9/"))
        #expect(error.kind == .deniedAddress)
        #expect(error.message.contains("link-local"))
    }
}
