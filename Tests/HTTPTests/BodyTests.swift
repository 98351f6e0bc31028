import Testing

@testable import HTTP

@Suite struct BodyTests {
    private func post(_ fields: String, _ body: String = "", version: String = "1.1", maxBody: Int = 100) -> [Event] {
        events([Array("POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n\(body)".utf8)], maxBody: maxBody)
    }

    private func outcome(_ events: [Event]) -> Int {
        switch events.first {
        case .request: 200
        case .refused(let status): status
        case nil: 0
        }
    }

    private func body(_ events: [Event]) -> String? {
        if case .request(_, let body)? = events.first { return String(decoding: body, as: UTF8.self) }
        return nil
    }

    @Test(arguments: [
        ("0", 200), ("3", 200), ("003", 200), ("00000000000000000000000000003", 200), ("", 400), ("+3", 400), ("-3", 400), ("3 3", 400),
        ("3,3", 400), ("3, 3", 400), ("3.0", 400), ("0x3", 400), ("3_0", 400), ("3a", 400), ("٣", 400), ("３", 400), ("\u{A0}3", 400),
        ("101", 413), ("4294967299", 413), ("18446744073709551619", 413), ("99999999999999999999999999999999999999", 413),
        ("99999999999999999999999999999999999999x", 400), ("9007199254740993", 413),
    ])
    func contentLengthIsDigits(value: String, expected: Int) {
        #expect(outcome(post("Content-Length: \(value)", "abc")) == expected)
    }

    @Test(arguments: [
        ("Content-Length: 3\r\nContent-Length: 3", 400), ("Content-Length: 3\r\nContent-Length: 4", 400),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", 400), ("Transfer-Encoding: chunked\r\nContent-Length: 3", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400), ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: CHUNKED", 200), ("Transfer-Encoding: \tchunked \t", 200), ("Transfer-Encoding: gzip", 501),
        ("Transfer-Encoding: identity", 501), ("Transfer-Encoding: xchunked", 501), ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding: chunked, gzip", 400), ("Transfer-Encoding: chunked, chunked", 400), ("Transfer-Encoding: chunked,", 400),
        ("Transfer-Encoding: , chunked", 400), ("Transfer-Encoding:", 400), ("Transfer-Encoding: \"chunked\"", 400),
        ("Transfer-Encoding: chunked;q=1", 400), ("Transfer-Encoding: chunked\u{B}", 400), ("Transfer-Encoding: \u{A0}chunked", 400),
        ("Transfer-Encoding: chunked x", 400), ("Transfer-Encoding : chunked", 400), ("Transfer_Encoding: chunked", 200),
        ("Transfer-Encoding: gzip\r\nContent-Length: 3", 400),
    ])
    func framingIsNeverGuessed(fields: String, expected: Int) {
        #expect(outcome(post(fields, "3\r\nabc\r\n0\r\n\r\n")) == expected)
    }

    @Test func anOldMessageHasNoTransferCoding() {
        #expect(outcome(post("Transfer-Encoding: chunked", "0\r\n\r\n", version: "1.0")) == 400)
    }

    @Test(arguments: [
        ("3\r\nabc\r\n0\r\n\r\n", "abc"), ("1\r\na\r\n02\r\nbc\r\n000\r\n\r\n", "abc"), ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("0\r\n\r\n", ""), ("3;x\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3;a=\"b;c\\\"\"\r\nabc\r\n0;z\r\n\r\n", "abc"), ("3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n", "abc"), ("5\r\n\r\n\r\n0\r\n0\r\n\r\n", "\r\n\r\n0"),
        ("3\r\nabc\r\n0\r\nContent-Length: 7\r\nHost: b\r\n\r\n", "abc"),
    ])
    func chunksAreJoined(text: String, expected: String) {
        #expect(body(post("Transfer-Encoding: chunked", text)) == expected)
    }

    @Test(arguments: [
        "\r\n", "x\r\n", "+3\r\nabc\r\n", "-3\r\nabc\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "0x3\r\nabc\r\n", "3\nabc\r\n", "3\r\nabc\n0\r\n",
        "3\r\nabcd\r\n0\r\n", "3\r\nab\r\n0\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabc\r\r\n", "3\rabc\r\n", ";x\r\nabc", "3;\u{0}\r\n", "3;a\nb\r\n",
        "3;a\rb\r\n", "0\r\nX\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\r\n z\r\n\r\n", "0\r\nX: y\n\r\n",
        "0\r\n\n", "0\r\n\rX", "0\n\r\n", "３\r\nabc\r\n", "3\u{A0}\r\nabc",
    ])
    func whatIsNoChunkIsRefused(text: String) {
        #expect(outcome(post("Transfer-Encoding: chunked", text)) == 400)
    }

    @Test func theBodyLimitIsInclusive() {
        let hundred = String(repeating: "a", count: 100)
        #expect(body(post("Content-Length: 100", hundred)) == hundred)
        #expect(outcome(post("Content-Length: 101", hundred)) == 413)
        #expect(body(post("Transfer-Encoding: chunked", "64\r\n\(hundred)\r\n0\r\n\r\n")) == hundred)
        #expect(outcome(post("Transfer-Encoding: chunked", "65\r\n\(hundred)a\r\n0\r\n\r\n")) == 413)
        #expect(outcome(post("Transfer-Encoding: chunked", "64\r\n\(hundred)\r\n1\r\na\r\n0\r\n\r\n")) == 413)
        for size in ["7FFFFFFFFFFFFFFF", "8000000000000000", "FFFFFFFFFFFFFFFF", "10000000000000000", "FFFFFFFFFFFFFFFFFFFFFFFFFFF"] {
            #expect(outcome(post("Transfer-Encoding: chunked", "1\r\na\r\n\(size)\r\n")) == 413)
        }
    }

    @Test func everyMethodHasTheBodyThatItsFieldsDeclare() {
        for method in ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH"] {
            let text = "\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: Content-Length\r\n\r\nGET /GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
            let events = events([Array(text.utf8)])
            #expect(events.count == 2)
            guard case .request(_, let body)? = events.first else { continue }
            #expect(body == Array("GET /".utf8))
        }
    }

    @Test func anEndInsideAMessageIsNoRequest() {
        #expect(post("Content-Length: 3", "ab").isEmpty)
        #expect(post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n").isEmpty)
        #expect(post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r").isEmpty)
    }
}
