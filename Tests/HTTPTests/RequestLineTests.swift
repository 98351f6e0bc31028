import Testing

@testable import HTTP

@Suite struct RequestLineTests {
    @Test(arguments: [
        ("GET / HTTP/1.1", 200), ("get / HTTP/1.1", 501), ("FOO / HTTP/1.1", 501), ("TRACE / HTTP/1.1", 501),
        ("CONNECT a:1 HTTP/1.1", 400), ("M-SEARCH / HTTP/1.1", 501), ("G(T / HTTP/1.1", 400), (" GET / HTTP/1.1", 400),
        ("GET  / HTTP/1.1", 400), ("GET /  HTTP/1.1", 400), ("GET\t/ HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400), ("GET /", 400),
        ("GET / ", 400), ("GET", 400), ("GET / http/1.1", 400), ("GET / HTTP/1.10", 400), ("GET / HTTP/11", 400), ("GET / HTTP/1.", 400),
        ("GET / HTTP/x.1", 400), ("GET / HTTP/1.1x", 400), ("GET / HTTP/1.0", 200), ("GET / HTTP/1.2", 200), ("GET / HTTP/1.9", 200),
        ("GET / HTTP/2.0", 505), ("GET / HTTP/0.9", 505), ("PRI * HTTP/2.0", 505), ("GET * HTTP/1.1", 400), ("OPTIONS * HTTP/1.1", 200),
        ("OPTIONS *x HTTP/1.1", 400), ("GET a HTTP/1.1", 400), ("GET a/b HTTP/1.1", 400), ("GET ?a HTTP/1.1", 400),
        ("GET /a?b?c=/ HTTP/1.1", 200), ("GET /a#b HTTP/1.1", 400), ("GET /a\u{7F} HTTP/1.1", 400), ("GET /a\u{1} HTTP/1.1", 400),
        ("GET /a\u{0} HTTP/1.1", 400), ("GET /ä HTTP/1.1", 400), ("GET /a\tb HTTP/1.1", 400), ("GET //a//b HTTP/1.1", 200),
        ("GET /../../etc HTTP/1.1", 200), ("GET /a\\b|{} HTTP/1.1", 200), ("GET /%41 HTTP/1.1", 200), ("GET /% HTTP/1.1", 400),
        ("GET /%4 HTTP/1.1", 400), ("GET /%4g HTTP/1.1", 400), ("GET /%00 HTTP/1.1", 400), ("GET /%c3%a4 HTTP/1.1", 200),
        ("GET /%ff HTTP/1.1", 400), ("GET /%c0%ae HTTP/1.1", 400), ("GET /?%zz%00%ff HTTP/1.1", 200), ("GET /%0d%0a HTTP/1.1", 200),
        ("GET http://b/x HTTP/1.1", 200), ("GET HTTPS://b:8/ HTTP/1.1", 200), ("GET http://b HTTP/1.1", 200),
        ("GET http:///x HTTP/1.1", 400), ("GET http://u@b/ HTTP/1.1", 400), ("GET http://b:x/ HTTP/1.1", 400), ("GET ftp://b/ HTTP/1.1", 400),
        ("GET http://[::1]:80/ HTTP/1.1", 200), ("GET http://b%zz/ HTTP/1.1", 400), ("GET http:/b HTTP/1.1", 400),
    ])
    func isReadStrictly(line: String, expected: Int) {
        #expect(status(line + "\r\nHost: a\r\n\r\n") == expected)
    }

    @Test func lineEndsAreCRLFOnly() {
        #expect(status("GET / HTTP/1.1\nHost: a\n\n") == 400)
        #expect(status("GET / HTTP/1.1\rHost: a\r\r") == 400)
        #expect(status("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\nHost: a\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\n") == 400)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\rX") == 400)
        #expect(status("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n") == 400)
    }

    @Test func someEmptyLinesBeforeTheRequestAreSkipped() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(status(String(repeating: "\r\n", count: 8) + request) == 200)
        #expect(status(String(repeating: "\r\n", count: 9) + request) == 400)
        #expect(status("\n" + request) == 400)
        #expect(status("\r" + request) == 400)
    }

    @Test func whatIsNotHTTPIsRefusedAtOnce() {
        #expect(status([0x16, 0x03, 0x01]) == 400)
        #expect(status([0]) == 400)
        #expect(status([0xFF, 0xFE]) == 400)
        #expect(status("GET / HTTQ") == 400)
        #expect(status("PRI * HTTP/2.0\r\n") == 505)
    }

    @Test func targetsAreTakenApart() {
        func head(_ target: String) -> String {
            guard case .request(let head, _)? = events([Array("OPTIONS \(target) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)]).first else { return "" }
            return String(head.prefix { $0 != "[" })
        }
        #expect(head("/a/b?c=d?e") == "OPTIONS /a/b ?c=d?e @h 1.1 persists=true ")
        #expect(head("/a?") == "OPTIONS /a ? @h 1.1 persists=true ")
        #expect(head("hTTp://x:1?q") == "OPTIONS  ?q @x:1 1.1 persists=true ")
        #expect(head("https://x/?") == "OPTIONS / ? @x 1.1 persists=true ")
    }

    @Test func segmentsAreDecodedOnce() {
        func segments(_ path: String) -> [String] {
            var path = path
            return path.withUTF8 { bytes in
                let head = RequestHead(
                    method: .get, path: UnsafeRawBufferPointer(bytes), query: UnsafeRawBufferPointer(start: nil, count: 0),
                    host: UnsafeRawBufferPointer(start: nil, count: 0), contentLength: nil, isChunked: false, minorVersion: 1, peer: .unknown,
                    bytes: UnsafeRawBufferPointer(bytes), fields: UnsafeBufferPointer(start: nil, count: 0))
                return head.pathSegments()
            }
        }
        #expect(segments("/") == [])
        #expect(segments("/a") == ["a"])
        #expect(segments("/a/") == ["a", ""])
        #expect(segments("//a") == ["", "a"])
        #expect(segments("/%61%2Fb/%252e/..") == ["a/b", "%2e", ".."])
        #expect(segments("/%C3%A4%20") == ["ä "])
    }
}
