import Bytes
import Foundation
import JSON
import SQLite
import TestKit
import Testing

/// The dashboard's pages of alerts and notifications, through a browser's eyes.
@Suite struct AlertPageTests {
    private struct Browser {
        let server: SluiceProcess
        let cookie: String

        init(_ server: SluiceProcess) throws {
            self.server = server
            let answer = try server.post("/login", "token=\(SluiceProcess.adminToken)")
            cookie = String(try #require(answer.header("set-cookie")).prefix { $0 != ";" })
        }

        func get(_ path: String) throws -> TestResponse { try server.request("GET", path, headers: [("Cookie", cookie)]) }

        /// Sends a form with the page's own token, and looks at the page that it leads to.
        func submit(_ page: String, to path: String, _ fields: [(String, String)]) throws -> String {
            let html = try get(page).text
            let csrf = String(try #require(html.firstMatch(of: #/name="csrf" value="([^"]+)"/#)?.1))
            let form = formEncode((fields + [("csrf", csrf)]).map { FormField(name: $0.0, value: $0.1) })
            let answer = try server.post(path, form, headers: [("Cookie", cookie)])
            #expect(answer.status == 303, "\(answer.text)")
            return try get(try #require(answer.header("location"))).text
        }
    }

    private let hostile = #"<script>alert("1")</script> & co/../x"#

    private func hostileRule(_ server: SluiceProcess) throws {
        let body: JSONValue = [
            "name": .string(hostile), "condition": "failure", "channel": "webhook", "destination": "http://127.0.0.1:9/HOOKSECRET",
        ]
        #expect(try server.admin("POST", "/alerts", body.encodedText()).status == 201)
    }

    @Test func aRuleIsSwitchedAndTestedWithoutASecretBeingSeen() throws {
        let server = try alertServer()
        try hostileRule(server)
        let browser = try Browser(server)
        let page = try browser.get("/dashboard/alerts").text
        #expect(page.contains("&lt;script&gt;alert(") && !page.contains("<script>") && page.contains("http://127.0.0.1:9/********"))
        for secret in ["HOOKSECRET", "FILESECRET", "ENVSECRET"] { #expect(!page.contains(secret)) }
        #expect(try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", hostile), ("action", "disable")]).contains("is disabled"))
        #expect(try server.admin("GET", "/alerts/\(segment(hostile))").json["enabled"]?.bool == false)
        #expect(try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", "file rule"), ("action", "disable")]).contains("is disabled"))
        #expect(try browser.get("/dashboard/alerts").text.contains("switched here; the file says enabled"))
        let reset = try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", "file rule"), ("action", "reset")])
        #expect(reset.contains("file rule is enabled, as the file says") && !reset.contains("switched here"))
        let unknown = try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", hostile), ("action", "reset")])
        #expect(unknown.contains("That was not done"))
        #expect(try server.admin("GET", "/alerts/\(segment(hostile))").json["enabled"]?.bool == false)
        #expect(try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", hostile), ("action", "enable")]).contains("is enabled"))
        let tested = try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", hostile), ("action", "test")])
        #expect(tested.contains("on its way to 1 destination") && tested.contains("&lt;script&gt;") && !tested.contains("HOOKSECRET"))
        #expect(try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", "gone"), ("action", "test")]).contains("That was not done"))
    }

    @Test func aRuleOfTheAPIIsDeletedOnceThatIsConfirmed() throws {
        let server = try alertServer()
        try hostileRule(server)
        let browser = try Browser(server)
        let question = "/dashboard/alerts/delete?rule=\(segment(hostile))"
        let list = try browser.get("/dashboard/alerts").text
        let links = list.matches(of: #/href="(/dashboard/alerts/delete\?rule=[^"]*)"/#).map { String($0.1) }
        #expect(links.count == 1, "only the rule of the API: \(links)")
        let page = try browser.get(try #require(links.first)).text
        #expect(page.contains("&lt;script&gt;alert("), "\(page)")
        #expect(page.contains("Delete the rule") && !page.contains("<script>") && !page.contains("HOOKSECRET"))
        let path = "/alerts/\(segment(hostile))"
        // A button alone, without the page that asks, deletes nothing.
        let asked = try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", [("rule", hostile), ("action", "delete")])
        #expect(try asked.contains("Delete the rule") && server.admin("GET", path).status == 200)
        let fields = [("rule", hostile), ("action", "delete"), ("confirm", "yes")]
        let forged = formEncode((fields + [("csrf", "x")]).map { FormField(name: $0.0, value: $0.1) })
        #expect(try server.post("/dashboard/alerts", forged, headers: [("Cookie", browser.cookie)]).status == 403)
        #expect(try server.admin("GET", path).status == 200)
        #expect(try browser.submit(question, to: "/dashboard/alerts", fields).contains("is deleted"))
        expectProblem(try server.admin("GET", path), 404, "unknown_rule")
        let ofFile = [("rule", "file rule"), ("action", "delete"), ("confirm", "yes")]
        #expect(try browser.submit("/dashboard/alerts", to: "/dashboard/alerts", ofFile).contains("That was not done"))
        #expect(try server.admin("GET", "/alerts/file%20rule").status == 200)
        for gone in ["file%20rule", "gone", ""] {
            #expect(try browser.get("/dashboard/alerts/delete?rule=\(gone)").header("location") == "/dashboard/alerts")
        }
        #expect(try server.request("GET", question).header("location") == "/login")
    }

    @Test func silencesAreAddedAndEnded() throws {
        let server = try alertServer()
        let browser = try Browser(server)
        func submit(_ fields: [(String, String)]) throws -> String { try browser.submit("/dashboard/alerts", to: "/dashboard/silences", fields) }
        let wrong = try submit([("action", "add"), ("duration", "soon"), ("reason", "r")])
        #expect(wrong.contains("That was not done") && wrong.contains("Nothing is silenced"))
        let idle = try submit([("action", "add"), ("rule", "<none>"), ("duration", "2h"), ("reason", "r")])
        #expect(idle.contains("nothing fits it now: there is no rule &#39;&lt;none&gt;&#39;.") || idle.contains("nothing fits it now: there is no rule '&lt;none&gt;'."))
        let made = try #require(try server.admin("GET", "/silences").json["items"]?[0]?["id"]?.string)
        #expect(try submit([("action", "end"), ("silence", made)]).contains("Nothing is silenced"))
        let added = try submit([("action", "add"), ("rule", "night *"), ("endpoint", ""), ("duration", "2h"), ("reason", hostile)])
        #expect(added.contains("&lt;script&gt;") && !added.contains("<script>"))
        let silence = try #require(try server.admin("GET", "/silences").json["items"]?[0])
        #expect(silence["rule"]?.string == "night *" && silence["endpoint"]?.isNull == true && silence["author"]?.string == "admin")
        #expect(try submit([("action", "end"), ("silence", silence["id"]?.string ?? "")]).contains("Nothing is silenced"))
    }

    @Test func formsWantTheirTokenAndPagesASession() throws {
        let server = try alertServer()
        let browser = try Browser(server)
        for path in ["/dashboard/alerts", "/dashboard/silences"] {
            let forged = try server.post(path, "csrf=x&action=disable&rule=file+rule&duration=1h&reason=r", headers: [("Cookie", browser.cookie)])
            #expect(forged.status == 403)
            #expect(try server.post(path, "action=disable").header("location") == "/login")
        }
        for path in ["/dashboard/alerts", "/dashboard/notifications"] {
            #expect(try server.request("GET", path).header("location") == "/login")
            #expect(try browser.get(path).header("content-security-policy")?.contains("default-src 'none'") == true)
        }
        #expect(try browser.get("/dashboard/silences").header("location") == "/dashboard/alerts")
        #expect(try server.admin("GET", "/alerts/file%20rule").json["enabled"]?.bool == true)
    }

    @Test func aDeadNotificationIsSentAgainFromItsPage() throws {
        let server = try alertServer()
        try hostileRule(server)
        let test = try server.admin("POST", "/alerts/\(segment(hostile))/test").json["notifications"]?[0]
        let id = try #require(test?["id"]?.string)
        // Dead as after days of failures.
        try server.stop()
        do {
            let connection = try Connection(path: server.database, mode: .readWrite)
            try connection.execute("UPDATE notifications SET status = 'dead', attempts = 9, last_answer = '404 <b>no_service</b>', settled_at = due_at")
        }
        try server.start()
        expectProblem(try server.admin("POST", "/notifications/\(id.replacing("8", with: "9"))/resend"), 404)
        let browser = try Browser(server)
        let list = try browser.get("/dashboard/notifications?status=dead&kind=test").text
        #expect(list.contains("404 &lt;b&gt;no_service") && list.contains("/dashboard/notifications/\(id)"))
        let page = "/dashboard/notifications/\(id)"
        #expect(try browser.get(page).text.contains("Send again"))
        let again = try browser.submit(page, to: page, [("action", "resend")])
        #expect(again.contains("to be sent again"))
        #expect(try column(server, "SELECT count(*) FROM notifications WHERE attempts >= 9") == ["0"])
        // Nobody listens at its destination: soon it waits for its next try.
        #expect(try waited { try column(server, "SELECT attempts > 0 FROM notifications WHERE status = 'pending'") == ["1"] })
        #expect(try browser.get(page).text.contains("Try now"))
        let before = try #require(try column(server, "SELECT attempts FROM notifications").first)
        #expect(try browser.submit(page, to: page, [("action", "resend")]).contains("It is tried now."))
        #expect(try waited { try column(server, "SELECT attempts FROM notifications").first != before })
        #expect(try browser.get("/dashboard/notifications?status=nonsense").status == 422)
        #expect(try browser.get("/dashboard/notifications/x").status == 404)
    }
}
