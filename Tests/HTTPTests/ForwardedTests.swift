import Bytes
import HTTP
import Posix
import TestKit
import Testing

/// Who sent a request when a proxy stands between.
@Suite(.serialized) struct ForwardedTests {
    private func peer(_ fields: String, trusting: [String]) throws -> String {
        let ranges = try trusting.map { try AddressRange($0) }
        let server = try TestServer(ClosureHandler { head, _, reply in reply.send(.text(200, head.peer.host)) }) {
            $0.trustedProxies = TrustedProxies(ranges)
        }
        let client = try TestConnection(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        return try client.receiveResponse().text
    }

    @Test(arguments: [
        ("", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"), ("x-forwarded-for:   192.0.2.7 \t\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n", "192.0.2.7"), ("X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.0.0.2\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.7,10.9.9.9\r\n", "192.0.2.7"), ("X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n", "10.0.0.1"),
        ("X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"), ("X-Forwarded-For: [2001:db8::7]:99\r\n", "2001:db8::7"),
        ("X-Forwarded-For: 192.0.2.7:1234\r\n", "192.0.2.7"), ("X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 6.6.6.6, rubbish\r\n", "127.0.0.1"), ("X-Forwarded-For: rubbish, 192.0.2.7\r\n", "127.0.0.1"),
        ("X-Forwarded-For:\r\n", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.7,\r\n", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.007\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.7:\r\n", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.7:x\r\n", "127.0.0.1"), ("X-Forwarded-For: fe80::1%eth0\r\n", "127.0.0.1"),
        ("X-Forwarded-For: [2001:db8::7\r\n", "127.0.0.1"), ("X-Forwarded-For: []\r\n", "127.0.0.1"), ("X_Forwarded_For: 192.0.2.7\r\n", "127.0.0.1"),
        ("Forwarded: for=192.0.2.7\r\n", "192.0.2.7"), ("Forwarded: For=192.0.2.7;proto=https;by=203.0.113.4\r\n", "192.0.2.7"),
        ("Forwarded: proto=https;for=\"192.0.2.7:80\", for=10.1.1.1\r\n", "192.0.2.7"), ("Forwarded: for=\"[2001:db8::7]:4711\"\r\n", "2001:db8::7"),
        ("Forwarded: for=6.6.6.6\r\nForwarded: for=192.0.2.7;host=\"a,b;for=6.6.6.6\"\r\n", "192.0.2.7"), ("Forwarded: for=unknown\r\n", "127.0.0.1"),
        ("Forwarded: for=_hidden, for=192.0.2.7\r\n", "127.0.0.1"), ("Forwarded: proto=https\r\n", "127.0.0.1"), ("Forwarded: for=1.1.1.1;for=192.0.2.7\r\n", "127.0.0.1"),
        ("Forwarded: for = 192.0.2.7\r\n", "127.0.0.1"), ("Forwarded: for=\"192.0.2.7\r\n", "127.0.0.1"), ("Forwarded: for=\"192.0.2\\.7\"\r\n", "127.0.0.1"),
        ("Forwarded: for=192.0.2.7,\r\n", "127.0.0.1"), ("Forwarded: ,\r\n", "127.0.0.1"), ("Forwarded:\r\n", "127.0.0.1"),
        // Of two words the client may have made up either.
        ("Forwarded: for=192.0.2.7\r\nX-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1"),
    ])
    func aTrustedProxyNamesTheSender(fields: String, expected: String) throws {
        #expect(try peer(fields, trusting: ["127.0.0.0/8", "10.0.0.0/8"]) == expected)
    }

    @Test(arguments: [[], ["10.0.0.0/8"], ["::/0"]]) func nobodyElseIsBelieved(ranges: [String]) throws {
        #expect(try peer("X-Forwarded-For: 192.0.2.7\r\n", trusting: ranges) == "127.0.0.1")
        #expect(try peer("Forwarded: for=192.0.2.7\r\n", trusting: ranges) == "127.0.0.1")
    }
}
