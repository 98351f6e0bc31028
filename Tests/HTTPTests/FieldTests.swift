import Testing

@testable import HTTP

@Suite struct FieldTests {
    private func withFields(_ fields: String, version: String = "1.1") -> Int { status("POST / HTTP/\(version)\r\n\(fields)\r\n") }

    @Test(arguments: [
        ("Host: a", 200), ("HOST:a", 200), ("Host:\t a \t", 200), ("Host: a:80", 200), ("Host: a:", 200), ("Host: [::1]", 200),
        ("Host: [::1]:8080", 200), ("Host: [::ffff:1.2.3.4]", 200), ("Host: a_b.c-d", 200), ("Host: 127.0.0.1:65535", 200), ("", 400),
        ("X: y", 400), ("Host:", 400), ("Host: ", 400), ("Host: a b", 400), ("Host: a, b", 400), ("Host: a,b", 400), ("Host: u@a", 400),
        ("Host: a/b", 400), ("Host: http://a", 400), ("Host: a:b", 400), ("Host: a:65536", 400), ("Host: a:-1", 400), ("Host: a:1:2", 400),
        ("Host: :80", 400), ("Host: [::1", 400), ("Host: ::1", 400), ("Host: [::g]", 400), ("Host: [::1]x", 400), ("Host: [1.2.3.4]", 400),
        ("Host: [fe80::1%25eth0]", 400), ("Host: a\r\nHost: a", 400), ("Host: a\r\nHost: b", 400), ("Host: a%zz", 400), ("Host: a?b", 400),
        ("Host: a\u{80}", 400), ("Host: é", 400),
    ])
    func hostIsExactlyOneAuthority(fields: String, expected: Int) {
        #expect(withFields(fields.isEmpty ? "" : fields + "\r\n") == expected)
    }

    @Test func anOldClientMayLeaveOutTheHost() {
        #expect(withFields("", version: "1.0") == 200)
        #expect(withFields("Host: a b\r\n", version: "1.0") == 400)
        #expect(status("GET http://a/ HTTP/1.1\r\n\r\n") == 400)
    }

    @Test(arguments: [
        ("X: y", 200), ("X:", 200), ("X: \t ", 200), ("x-a_b.c!#$%&'*+^`|~: y", 200), ("X: a\tb", 200), ("X : y", 400), ("X\t: y", 400),
        ("X", 400), (": y", 400), ("X y: z", 400), ("X(: y", 400), ("X\u{0}: y", 400), ("X: a\u{0}b", 400), ("X: a\u{B}b", 400),
        ("X: a\u{7F}b", 400), ("X: aaaaaaaaaaaaaaaa\u{1}", 400), ("X: aaaaaaaaaaaaaaaa\u{7F}bbbbbbbb", 400), ("X: ä\u{A0}", 200), (" X: y", 400),
        ("\tX: y", 400), ("X: y\r\n z", 400), ("X: y\r\n\tz: 1", 400), ("Ä: y", 400), ("Authorization: a\r\nAuthorization: a", 400),
        ("Authorization: a", 200), ("Accept: a\r\nAccept: b", 200),
    ])
    func linesAreReadStrictly(fields: String, expected: Int) {
        #expect(withFields("Host: a\r\n\(fields)\r\n") == expected)
        if !fields.hasPrefix(" "), !fields.hasPrefix("\t") { #expect(withFields("\(fields)\r\nHost: a\r\n") == expected) }
    }

    @Test func aFieldBeforeTheFirstLineOfFieldsIsNoContinuation() {
        #expect(status("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == 400)
    }

    @Test func everyOctetIsJudgedByTheTableOfTheRFC() {
        let tokens = Array("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for octet in UInt8.min...UInt8.max {
            let inName = status(Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [octet] + Array(": y\r\n\r\n".utf8))
            // A colon ends the name, and the value then starts with one.
            #expect((inName == 200) == (tokens.contains(octet) || octet == 0x3A), "name \(octet)")
            let inValue = status(Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [octet] + Array("y\r\n\r\n".utf8))
            #expect((inValue == 200) == (octet == 9 || (octet >= 0x20 && octet != 0x7F)), "value \(octet)")
        }
    }

    @Test func namesFoldOnlyASCII() {
        // U+212A folds to k in Unicode.
        #expect(withFields("Host: a\r\nTransfer-Encoding: chun\u{212A}ed\r\n") == 400)
    }

    @Test(arguments: [
        ("Expect: 100-continue", 200), ("Expect: 100-Continue", 200), ("Expect: 200-ok", 417), ("Expect:", 417), ("Expect: 100-continue, x", 417),
    ])
    func unknownExpectationsFail(field: String, expected: Int) {
        #expect(withFields("Host: a\r\n\(field)\r\n") == expected)
        #expect(withFields("Host: a\r\n\(field)\r\n", version: "1.0") == 200)
    }

    @Test(arguments: [
        ("", "1.1", true), ("Connection: close", "1.1", false), ("Connection: Close", "1.1", false), ("Connection: a,\tcLOSE ,b", "1.1", false),
        ("Connection: keep-alive\r\nConnection: close", "1.1", false), ("Connection: close, keep-alive", "1.0", false),
        ("Connection: closed", "1.1", true), ("Connection: xclose", "1.1", true), ("", "1.0", false), ("Connection: keep-alive", "1.0", true),
        ("Connection: Content-Length", "1.1", true),
    ])
    func persistence(field: String, version: String, persists: Bool) {
        let text = "GET / HTTP/\(version)\r\nHost: a\r\n\(field.isEmpty ? "" : field + "\r\n")\r\n"
        guard case .request(let head, _)? = events([Array(text.utf8)]).first else { return #expect(Bool(false)) }
        #expect(head.contains("persists=\(persists)"))
    }
}
