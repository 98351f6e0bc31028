import JSON
import TestKit
import Testing

@Suite struct SilenceRouteTests {
    static let mistakes: [(body: String, field: String)] = [
        (#"{"reason":"r"}"#, "duration"), (#"{"duration":"2h"}"#, "reason"), (#"{"duration":"2h","reason":"  "}"#, "reason"),
        (#"{"duration":"soon","reason":"r"}"#, "duration"), (#"{"duration":"0s","reason":"r"}"#, "duration"),
        (#"{"duration":"99999d","reason":"r"}"#, "duration"), (#"{"until":"2001-01-01T00:00:00Z","reason":"r"}"#, "until"),
        (#"{"until":"9999-12-31T23:59:59Z","reason":"r"}"#, "until"), (#"{"until":"tomorrow","reason":"r"}"#, "until"),
        (#"{"until":"2999-01-01T00:00:00Z","duration":"2h","reason":"r"}"#, "until"),
        (#"{"endpoint":"UPPER","duration":"2h","reason":"r"}"#, "endpoint"), (#"{"rule":"","duration":"2h","reason":"r"}"#, "rule"),
        (#"{"rule":7,"duration":"2h","reason":"r"}"#, "rule"), (#"{"author":"me","duration":"2h","reason":"r"}"#, "author"),
    ]

    @Test func aSilenceIsMadeListedAndEnded() throws {
        let server = try alertServer()
        let made = try server.admin("POST", "/silences", #"{"rule":"night *","endpoint":"night-*","duration":"2h","reason":"the <disk>"}"#)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.member("author") == "admin token" && made.member("reason") == "the <disk>" && made.json["active"]?.bool == true)
        let id = try #require(made.member("id"))
        #expect(try server.count("/silences") == 1)
        #expect(try server.admin("DELETE", "/silences/\(id)").status == 204)
        #expect(try server.count("/silences") == 0)
        let all = try server.admin("GET", "/silences?all=true").json["items"]?.array ?? []
        #expect(all.count == 1 && all[0]["active"]?.bool == false)
        expectProblem(try server.admin("DELETE", "/silences/\(id)"), 409, "silence_ended")
        expectProblem(try server.admin("DELETE", "/silences/00000000-0001-8000-8000-000000000000"), 404, "unknown_silence")
        for index in 0..<3 { #expect(try server.admin("POST", "/silences", #"{"duration":"1h","reason":"\#(index)"}"#).status == 201) }
        let page = try server.admin("GET", "/silences?limit=2")
        #expect(page.json["items"]?.array?.compactMap { $0["reason"]?.string } == ["2", "1"])
        let next = try #require(page.member("next_cursor"))
        #expect(try server.admin("GET", "/silences?limit=2&cursor=\(next)").json["items"]?.array?.compactMap { $0["reason"]?.string } == ["0"])
    }

    @Test func whatIsWrongIsToldWithItsPlace() throws {
        let server = try alertServer()
        for (body, field) in Self.mistakes {
            let answer = try server.admin("POST", "/silences", body)
            expectProblem(answer, 422, "invalid_silence")
            #expect(answer.json["errors"]?[0]?["field"]?.string == field, "\(body): \(answer.text)")
        }
        #expect(try server.count("/silences?all=true") == 0)
    }

    @Test func aSilenceThatFitsNothingSaysSo() throws {
        let server = try alertServer(alertConfig + "\n  - {name: nights, condition: failure, endpoint: night-*, channels: [ops]}\n")
        func warned(_ patterns: String) throws -> [String] {
            let made = try server.admin("POST", "/silences", "{\(patterns),\"duration\":\"1h\",\"reason\":\"r\"}")
            #expect(made.status == 201, "\(made.text)")
            return made.json["warnings"]?.array?.map { "\($0["field"]?.string ?? ""): \($0["message"]?.string ?? "")" } ?? []
        }
        #expect(try warned(#""rule":"file *""#) == [] && warned(#""endpoint":"deploy""#) == [] && warned(#""rule":null"#) == [])
        #expect(try warned(#""rule":"file rul""#) == ["rule: there is no rule 'file rul'; did you mean 'file rule'?"])
        #expect(try warned(#""rule":"day *","endpoint":"noon-*""#) == ["rule: no rule's name fits 'day *'", "endpoint: no endpoint's name fits 'noon-*'"])
        #expect(try warned(#""rule":"nights","endpoint":"deploy""#) == ["endpoint: none of these rules is about such an endpoint"])
        #expect(try warned(#""rule":"nights","endpoint":"*""#) == [])
        #expect(try server.admin("GET", "/silences").text.contains("warnings") == false)
    }

    @Test func aSilenceKeepsItsRuleFromTelling() throws {
        let server = try alertServer(
            """
            version: 1
            endpoints:
              - {name: job, command: "false", public: true}
            alerts:
              - {name: loud, condition: failure, channel: webhook, destination: "http://127.0.0.1:9/x"}
              - {name: quiet, condition: failure, channel: webhook, destination: "http://127.0.0.1:9/y"}
            """)
        #expect(try server.admin("POST", "/silences", #"{"rule":"quie*","duration":"2h","reason":"r"}"#).status == 201)
        _ = try server.call("job")
        #expect(try waited { try server.count("/notifications") == 2 })
        #expect(try server.admin("GET", "/notifications?rule=quiet").json["items"]?[0]?["status"]?.string == "silenced")
        #expect(try server.admin("GET", "/notifications?rule=loud").json["items"]?[0]?["status"]?.string != "silenced")
    }
}
