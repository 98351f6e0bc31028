import Crypto
import TestKit
import Testing

/// Endpoints that only some addresses may call.
@Suite struct AddressTests {
    private func server(_ allowed: String) throws -> SluiceProcess {
        try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: hook, command: "true", trigger: webhook, webhook_source: github, secret: $S, allow_from: [\(allowed)], public: true}
                  - {name: job, command: "true", allow_from: [\(allowed)], public: true}
                """, environment: ["S": githubSecret])
    }

    @Test(arguments: ["127.0.0.1", "127.0.0.0/8", "\"::1\", 127.0.0.1/32", "0.0.0.0/0"])
    func anAddressOfTheListIsTaken(allowed: String) throws {
        let server = try server(allowed)
        #expect(try server.deliver("hook", id: "d-1").status == 202)
        #expect(try server.call("job").status == 200)
    }

    @Test(arguments: ["192.0.2.0/24", "\"::/0\"", "127.0.0.2, 128.0.0.0/1"])
    func anyOtherIsRefusedAndRecorded(allowed: String) throws {
        let server = try server(allowed)
        expectProblem(try server.deliver("hook", id: "d-1"), 403, "address_not_allowed")
        expectProblem(try server.call("job"), 403, "address_not_allowed")
        #expect(try waited { try server.count("/deliveries/rejected") == 2 })
        let record = try #require(try server.admin("GET", "/deliveries/rejected").json["items"]?[0])
        #expect(record["status"]?.int == 403)
        #expect(try server.count("/deliveries") == 0 && server.count("/runs") == 0)
    }

    @Test func theBodyIsNotReadFirst() throws {
        let server = try server("192.0.2.0/24")
        let connection = try TestConnection(port: server.port)
        defer { connection.close() }
        try connection.send("POST /v1/user/hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        #expect(try connection.receiveResponse().status == 403, "before a byte of the body was sent")
    }

    @Test func theListCanBeChangedByAPIAndIsCheckedThere() throws {
        let server = try server("192.0.2.0/24")
        #expect(try server.admin("PATCH", "/endpoints/hook", #"{"allow_from": ["127.0.0.1/8"]}"#).status == 422)
        #expect(try server.admin("PATCH", "/endpoints/hook", #"{"allow_from": ["127.0.0.0/8"]}"#).status == 200)
        #expect(try server.deliver("hook", id: "d-1").status == 202)
    }
}
