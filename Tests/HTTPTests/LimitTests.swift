import Testing

@testable import HTTP

/// Each limit at its value, and one past it.
@Suite struct LimitTests {
    private func a(_ count: Int) -> String { String(repeating: "a", count: count) }
    private let end = "\r\nHost: a\r\n\r\n"

    @Test func requestLine() {
        let fixed = "GET / HTTP/1.1".utf8.count
        #expect(status("GET /\(a(16384 - fixed)) HTTP/1.1" + end) == 200)
        #expect(status("GET /\(a(16385 - fixed)) HTTP/1.1" + end) == 414)
        #expect(status("GET /" + a(16384 - 5)) == 0)
        #expect(status("GET /" + a(16385 - 5)) == 414)
        #expect(status(a(16385)) == 414)
    }

    @Test func headerSection() {
        let fixed = "Host: a\r\nX: \r\n\r\n".utf8.count
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(32768 - fixed))\r\n\r\n") == 200)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(32769 - fixed))\r\n\r\n") == 431)
        #expect(status("GET / HTTP/1.1\r\nX: " + a(32768 - 3)) == 0)
        #expect(status("GET / HTTP/1.1\r\nX: " + a(32769 - 3)) == 431)
        #expect(status("GET / HTTP/1.1\r\n" + a(32769)) == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(a(4096))\r\n\r\n") == 200)
    }

    @Test func numberOfFields() {
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 199) + "\r\n") == 200)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n") == 431)
    }

    private func chunked(_ body: String) -> Int { status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body) }

    @Test func trailerSection() {
        #expect(chunked("0\r\nX: \(a(8192 - 5))\r\n\r\n") == 200)
        #expect(chunked("0\r\nX: \(a(8193 - 5))\r\n\r\n") == 431)
        #expect(chunked("0\r\n" + String(repeating: "X: y\r\n", count: 198) + "\r\n") == 200)
        #expect(chunked("0\r\n" + String(repeating: "X: y\r\n", count: 199) + "\r\n") == 431)
    }

    @Test func chunkLine() {
        #expect(chunked("3;\(a(4094))\r\nabc\r\n0\r\n\r\n") == 200)
        #expect(chunked("3;\(a(4095))\r\nabc\r\n0\r\n\r\n") == 400)
        #expect(chunked(String(repeating: "0", count: 4095) + "3\r\nabc\r\n0\r\n\r\n") == 200)
        #expect(chunked(String(repeating: "0", count: 4096) + "3\r\nabc\r\n0\r\n\r\n") == 400)
    }

    @Test func extensionsOfABody() {
        let chunk = "1;\(a(63))\r\nx\r\n"
        #expect(chunked(String(repeating: chunk, count: 256) + "0\r\n\r\n") == 200)
        #expect(chunked(String(repeating: chunk, count: 256) + "0;\r\n\r\n") == 400)
    }
}
