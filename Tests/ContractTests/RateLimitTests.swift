import JSON
import TestKit
import Testing

/// `rate_limit`, `rate_limit_per_address` and who counts as the sender behind a proxy.
@Suite struct RateLimitContractTests {
    static let config = """
        version: 1
        trusted_proxies: [127.0.0.1]
        endpoints:
          - {name: free, command: echo, public: true}
          - {name: limited, command: echo, public: true, rate_limit: 2/h}
          - name: hook
            command: "true"
            trigger: webhook
            webhook_source: github
            secret: $HOOK_SECRET
            public: true
            rate_limit: 1/h
          - {name: small, command: echo, public: true, max_body: 1KiB}
        """

    private func server(_ more: String = "") throws -> SluiceProcess {
        try SluiceProcess(config: Self.config + more, environment: ["HOOK_SECRET": githubSecret])
    }

    @Test func callsBeyondTheRateAre429WithTheDocumentedMembers() throws {
        let server = try server()
        // What is refused for another reason takes nothing.
        for _ in 0..<3 { expectProblem(try server.call("limited", "{"), 400) }
        let first = try server.call("limited")
        #expect(first.status == 200)
        #expect(first.header("x-ratelimit-limit") == "2")
        #expect(first.header("x-ratelimit-remaining") == "1")
        #expect(first.header("x-ratelimit-reset") == "1800")
        #expect(try server.call("limited").header("x-ratelimit-remaining") == "0")
        let refused = try server.call("limited")
        expectProblem(refused, 429, "rate_limited")
        #expect(refused.json["limit"]?.int == 2)
        #expect(refused.member("window") == "3600s")
        let wait = try #require(refused.json["retry_after"]?.int)
        #expect((1790...1800).contains(wait))
        #expect(refused.header("retry-after") == "\(wait)")
        #expect(refused.header("x-ratelimit-remaining") == "0")
        let free = try server.call("free")
        #expect(free.status == 200 && free.header("x-ratelimit-limit") == nil)
    }

    @Test func aDeliveryBeyondTheRateIsNotRemembered() throws {
        let server = try server()
        // A forger cannot use up the sender's rate.
        for index in 0..<3 { expectProblem(try server.deliver("hook", id: "f-\(index)", signature: "sha256=00"), 401) }
        #expect(try server.deliver("hook", id: "d-1").status == 202)
        expectProblem(try server.deliver("hook", id: "d-2"), 429, "rate_limited")
        #expect(try server.admin("PATCH", "/endpoints/hook", #"{"rate_limit":"100/h"}"#).status == 200)
        let later = try server.deliver("hook", id: "d-2")
        #expect(later.status == 202)
        #expect(later.header("sluice-duplicate") == nil)
        #expect(try server.count("/deliveries") == 2)
        expectProblem(try server.admin("PATCH", "/endpoints/hook", #"{"rate_limit":"often"}"#), 422)
    }

    @Test func everyAddressHasItsOwnRate() throws {
        let server = try server("\nrate_limit_per_address: 3/h")
        func status(_ address: String) throws -> Int {
            try server.call("free", headers: [("X-Forwarded-For", address)]).status
        }
        #expect(try (0..<4).map { _ in try status("192.0.2.1") } == [200, 200, 200, 429])
        #expect(try status("192.0.2.2") == 200)
        #expect(try status("9.9.9.9, 192.0.2.1") == 429)
        // One customer's network of IPv6.
        #expect(try (0..<4).map { try status("2001:db8::\($0)") } == [200, 200, 200, 429])
        #expect(try status("2001:db8:0:1::1") == 200)
        for _ in 0..<5 { #expect(try server.request("GET", "/healthz").status == 200) }
        expectProblem(try server.call("free", headers: [("X-Forwarded-For", "192.0.2.1")]), 429, "rate_limited")
    }

    @Test func refusedRequestsAreCounted() throws {
        let server = try server("\nrate_limit_per_address: 4/h")
        func statuses(_ endpoint: String, _ address: String, _ count: Int) throws -> [Int] {
            try (0..<count).map { _ in try server.call(endpoint, headers: [("X-Forwarded-For", address)]).status }
        }
        #expect(try statuses("free", "192.0.2.1", 6) == [200, 200, 200, 200, 429, 429])
        #expect(try statuses("limited", "192.0.2.2", 3) == [200, 200, 429])
        let text = try server.request("GET", "/metrics").text
        for line in ["{kind=\"address\"} 2\n", "{kind=\"endpoint\"} 1\n"] { #expect(text.contains("sluice_rate_limited_total\(line)")) }
    }

    @Test func theSenderBehindAProxyIsOnRecord() throws {
        let server = try server()
        _ = try server.call("free", headers: [("X-Forwarded-For", "192.0.2.77")])
        let runs = try server.admin("GET", "/runs").json
        #expect(runs["items"]?[0]?["requested_by"]?.string == "anonymous caller at 192.0.2.77")
    }

    @Test func sizesMayBeWrittenWithUnits() throws {
        let server = try server()
        let room = String(repeating: " ", count: 1022)
        #expect(try server.call("small", "{\(room)}").status == 200)
        expectProblem(try server.call("small", "{\(room) }"), 413)
        let shown = try server.admin("GET", "/endpoints/small").json
        #expect(shown["max_body"]?.int == 1024)
        for wrong in ["1KB", "KiB", "0KiB", "33MiB", "1.5MiB", "-1KiB", "1 KiB"] {
            expectProblem(try server.admin("PATCH", "/endpoints/small", #"{"max_body":"\#(wrong)"}"#), 422)
        }
        #expect(try server.admin("PATCH", "/endpoints/small", #"{"max_body":"32MiB"}"#).json["max_body"]?.int == 32 << 20)
    }
}
