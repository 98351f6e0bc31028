import Crypto
import Model
import Store
import Testing
import Triggers

/// What is peculiar to one sender.
@Suite struct SourceDetailTests {
    private let form = ("Content-Type", "application/x-www-form-urlencoded")

    private func row(_ name: String) throws -> SourceRow { try #require(sourceRows.first { $0.name == name }) }

    private func github(_ body: String, _ headers: [(String, String)] = []) -> Sent {
        Sent(body, [("X-Hub-Signature-256", "sha256=\(HMACKey("kit-secret").sign(body).hex)")] + headers)
    }

    // MARK: Tries of the address

    @Test(arguments: [
        (WebhookSource.github, #"{"zen":"x"}"#, [("X-GitHub-Event", "ping")]),
        (.bitbucket, #"{"test":true}"#, [
            ("X-Hub-Signature", "sha256=19d6e156e713e3a69ab761daace54e04d81dbd3be8395ba0a9d29cf7157efb02"), ("X-Event-Key", "diagnostics:ping"),
        ]),
        (.pagerduty, #"{"event":{"id":"01P","event_type":"pagey.ping"}}"#, [
            ("X-PagerDuty-Signature", "v1=ec45c3c34ec2500e1a97ea49ddad74b8bce480ae367bb40c5d7a64d65229fcc9"),
        ]),
        (.slack, "ssl_check=1&token=x", [
            ("X-Slack-Signature", "v0=ac69518d246b2840b417625dfbd8c9289318d8a978cf5174b46343f160eb6c42"),
            ("X-Slack-Request-Timestamp", "1760000000"), ("Content-Type", "application/x-www-form-urlencoded"),
        ]),
    ])
    func `a try of the address is answered and makes nothing, whatever the filter`(
        _ source: WebhookSource, _ body: String, _ headers: [(String, String)]
    ) throws {
        let sent = source == .github ? github(body, headers) : Sent(body, headers)
        #expect(sent.label(try webhook(source)) == "ping")
        #expect(sent.label(try webhook(source, events: ["something"])) == "ping")
        #expect(sent.label(try webhook(source, secrets: ["another"])) == "401 signature_mismatch")
    }

    @Test func `Stripe's try of an event destination is a ping`() throws {
        let body = #"{"id":"evt_2","type":"v2.core.event_destination.ping"}"#
        let signature = "t=1760000000,v1=cb63d3e4609b2c77ffa1a28f0b4b4c54e04fcd5a2d1ebbe77ecba682c5a0b727"
        #expect(Sent(body, [("Stripe-Signature", signature)]).label(try webhook(.stripe, secrets: ["whsec_kit"])) == "ping")
    }

    @Test func `Slack gets its challenge back, when it is signed`() throws {
        let body = #"{"type":"url_verification","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ","token":"x"}"#
        let headers = [
            ("X-Slack-Signature", "v0=675de4800c3f224ff68b2acfb37f8fb17b44350a7795c7609fa91b1dc67f7cea"),
            ("X-Slack-Request-Timestamp", "1760000000"),
        ]
        #expect(Sent(body, headers).label(try webhook(.slack)) == "challenge 3eZbrw1aB10FEMAGAZd4FyFQ")
        #expect(Sent(body, headers).label(try webhook(.slack, events: ["app_mention"])) == "challenge 3eZbrw1aB10FEMAGAZd4FyFQ")
        #expect(Sent(body, headers).label(try webhook(.slack, secrets: ["another"])) == "401 signature_mismatch")
        #expect(Sent(body, headers, at: start + 301 * second).label(try webhook(.slack)) == "401 timestamp_stale")
    }

    // MARK: Forms

    @Test func `forms of Slack and Twilio reach the command as they came`() throws {
        for name in ["Slack, command", "Slack, interactivity", "Twilio, form"] {
            let row = try row(name)
            let call = try #require(row.sent.accepted(try webhook(row.source, secrets: [row.secret])))
            #expect(call.stdin == Array(row.body.utf8) && call.delivery?.rawBody == nil)
        }
    }

    @Test func `Gitea's form reaches the command as JSON, and is kept as it came`() throws {
        let row = try row("Gitea, form")
        let call = try #require(row.sent.accepted(try webhook(.gitea)))
        #expect(call.stdin == Array(#"{"ref":"refs/heads/main","note":"Grüße"}"#.utf8) && call.delivery?.rawBody == Array(row.body.utf8))
    }

    @Test(arguments: ["", "sha256="])
    func `Gitea without a secret sends headers that are no signatures`(_ value: String) throws {
        let headers = ["X-Gitea-Signature", "X-Gogs-Signature", "X-Hub-Signature-256"].map { ($0, value) }
        #expect(Sent("{}", headers).label(try webhook(.gitea)) == "401 signature_missing")
        #expect(Sent("{}", headers).label(try webhook(.github)) == "401 signature_missing")
    }

    @Test func `a click in Slack is told by its trigger, and named with its action`() throws {
        let body = "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%22t.1%22%2C%22actions%22%3A%5B%7B%22action_id%22%3A%22approve%22%7D%5D%7D"
        let sent = Sent(body, [
            form, ("X-Slack-Request-Timestamp", "1760000000"),
            ("X-Slack-Signature", "v0=77a66e554f4d8cf495fab0eff98607f6835ae351d9a27a00d92761e4a7b96f65"),
        ])
        #expect(sent.accepted(try webhook(.slack, events: ["block_actions.approve"]))?.delivery?.senderID == "t.1")
        #expect(sent.label(try webhook(.slack, events: ["block_actions.deny"])) == "ignore")
    }

    // MARK: GitLab

    @Test func `only the signature's header says that GitLab signed`() throws {
        let (token, signed) = (try row("GitLab, token"), try row("GitLab, signing token"))
        let both = try webhook(.gitlab, secrets: ["kit-secret", signed.secret])
        #expect(token.sent.accepted(both)?.delivery?.matchedSecret == 1)
        #expect(signed.sent.accepted(both)?.delivery?.matchedSecret == 2)
        // Whoever has only the token cannot pass with a wrong signature beside it.
        var forged = signed.sent
        forged.headers = [("X-Gitlab-Token", "kit-secret"), ("webhook-signature", "v1,AAAA")] + signed.headers
        #expect(forged.label(both) == "401 signature_mismatch")
        // An endpoint that knows the token alone takes hooks that have both.
        forged.headers = [("X-Gitlab-Token", "kit-secret"), signed.signature]
        #expect(forged.label(try webhook(.gitlab)) == "accept")
        // One that knows the signing token alone takes no token.
        #expect(token.sent.label(try webhook(.gitlab, secrets: [signed.secret])) == "401 signature_missing")
    }

    @Test(arguments: [["kit-secret"], ["kit-secret", "another"], []])
    func `a tolerance that no signing token of GitLab keeps refuses the endpoint`(_ secrets: [String]) throws {
        let refusal = #expect(throws: Refusal.self) { try webhook(.gitlab, secrets: secrets) { $0.webhook.tolerance = 60 } }
        #expect(refusal?.status == 422 && refusal?.detail.hasPrefix("webhook_tolerance: gitlab signs a time only") == true)
        let signing = try row("GitLab, signing token").secret
        #expect(throws: Never.self) { try webhook(.gitlab, secrets: secrets + [signing]) { $0.webhook.tolerance = 60 } }
    }

    @Test(arguments: ["kit-secre", "kit-secret ", "kit-secretx", "Kit-secret", "x"])
    func `a token is compared whole`(_ token: String) throws {
        #expect(Sent("{}", [("X-Gitlab-Token", token)]).label(try webhook(.gitlab)) == "401 signature_mismatch")
    }

    // MARK: Standard Webhooks

    @Test func `the example of the libraries of Standard Webhooks holds`() throws {
        let sent = Sent(#"{"test": 2432232314}"#, [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ], at: 1_614_265_330 * second)
        for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            #expect(sent.accepted(try webhook(.standard, secrets: [secret]))?.delivery?.senderID == "msg_p5jXN8AQM9LWM0D4loKWxJek")
        }
    }

    @Test(arguments: [
        ("whsec_****", "no Base64"), ("whsec_AAAA", "24 to 64"), ("whsec_", "24 to 64"), ("whpk_AAAA", "public key"),
        ("whsec_" + String(repeating: "A", count: 88), "24 to 64"), ("kit-secret", "no Base64"),
    ])
    func `a secret that is no key refuses the endpoint and is not told`(_ secret: String, _ reason: String) {
        let refusal = #expect(throws: Refusal.self) { try webhook(.standard, secrets: [secret]) }
        #expect(refusal?.status == 422 && refusal?.code == "secret_malformed" && refusal?.detail.contains(reason) == true)
        #expect(refusal?.detail.contains(secret) == false)
        if secret.hasPrefix("whsec_") { #expect(throws: Refusal.self) { try webhook(.gitlab, secrets: [secret]) } }
        #expect(throws: Never.self) { try webhook(.stripe, secrets: [secret]) }
    }

    @Test func `id and time are part of what is signed, and have to be there`() throws {
        let row = try row("Standard Webhooks")
        let endpoint = try webhook(.standard, secrets: [row.secret])
        func label(_ headers: [(String, String)]) -> String { Sent(row.body, [row.signature] + headers).label(endpoint) }
        #expect(label([("webhook-id", "msg_2"), ("webhook-timestamp", "1760000000")]) == "401 signature_mismatch")
        #expect(label([("webhook-id", "msg_1"), ("webhook-timestamp", "1760000001")]) == "401 signature_mismatch")
        #expect(label([("webhook-id", "msg_1"), ("webhook-timestamp", "soon")]) == "401 signature_mismatch")
        #expect(label([("webhook-id", "msg_1")]) == "401 signature_missing")
        #expect(label([("svix-id", "msg_1"), ("svix-timestamp", "1760000000")]) == "401 signature_missing")
    }

    @Test(arguments: [
        ("Standard Webhooks", ["svix-id"]), ("Svix", ["webhook-id"]), ("GitLab, signing token", ["Idempotency-Key", "svix-id"]),
    ])
    func `a captured delivery keeps its signed id, whatever else is put beside it`(_ name: String, _ added: [String]) throws {
        let row = try row(name)
        let headers = row.headers.filter { header in !added.contains(header.0) }
        let replayed = Sent(row.body, added.map { ($0, "made-up") } + [row.signature] + headers)
        let call = try #require(replayed.accepted(try webhook(row.source, secrets: [row.secret])))
        #expect(call.delivery?.senderID == row.id && call.origin.deliveryID == row.id)
    }

    // MARK: Ids that are no fit for rows and pages

    @Test(arguments: [
        (String(repeating: "x", count: 200), String(repeating: "x", count: 200)),
        (String(repeating: "x", count: 201), "sha256:84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed"),
        ("d-ü", "sha256:1a047aa682b8a26276d56bb4cfc01da6f5209d1b7bd18b99f363b859d09ff2db"),
        ("d\t1", "sha256:0c337863881e7cab3bbac41bbcfaaf6d95d0471a1250f0f8b08f78cd88d11643"),
        ("", "beside"),
    ])
    func `an id that cannot be shown counts by its hash, and never gives way to another`(_ sent: String, _ kept: String) throws {
        let headers = [("Idempotency-Key", sent), ("Webhook-Id", "beside")]
        #expect(Sent("{}", headers).accepted(try webhook(.generic, secrets: []))?.delivery?.senderID == kept)
        guard case .refuse(_, let claimed) = Sent("{}", headers).verdict(try webhook(.generic)) else {
            Issue.record("not refused")
            return
        }
        #expect(claimed == kept)
    }

    @Test func `an id in the body that is too long to be shown counts by its hash`() throws {
        let body = "{\"event\":{\"id\":\"\(String(repeating: "x", count: 201))\"}}"
        let signature = "v1=68fbc07ead0a88db375cd2b968782a134c1fac6c3f01487b1c6fcf7f428dc742"
        let sent = Sent(body, [("X-PagerDuty-Signature", signature), ("X-Webhook-Id", "beside")])
        let id = "sha256:84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed"
        #expect(sent.accepted(try webhook(.pagerduty))?.delivery?.senderID == id)
    }

    // MARK: Twilio

    @Test(arguments: [
        ("https://hooks.example.com:443/v1/user/sms?x=1", "glL3FEkSMjKsZ181U7+QXIUvGMw=", "accept"),
        ("https://hooks.example.com/v1/user/sms?x=1", "Tr2Jc7X3PUu15m30remPcFjXQW8=", "accept"),
        ("https://hooks.example.com:8443/v1/user/sms?x=1", "glL3FEkSMjKsZ181U7+QXIUvGMw=", "401 signature_mismatch"),
        ("http://hooks.example.com/v1/user/sms?x=1", "glL3FEkSMjKsZ181U7+QXIUvGMw=", "401 signature_mismatch"),
        ("https://hooks.example.com/v1/user/sms?x=2", "glL3FEkSMjKsZ181U7+QXIUvGMw=", "401 signature_mismatch"),
    ])
    func `Twilio's address counts with its query, and with or without the port that goes without saying`(
        _ url: String, _ signature: String, _ label: String
    ) throws {
        let sent = Sent("MessageSid=SM1&Body=a+b&From=%2B15550001", [form, ("X-Twilio-Signature", signature)], url: url)
        #expect(sent.label(try webhook(.twilio)) == label)
    }

    @Test func `fields that come twice count once for each value, in the order of bytes`() throws {
        let sent = Sent(
            "B=%C3%BC&A=2&A=1&A=2", [form, ("X-Twilio-Signature", "RANaZ9fMz96mIYNto9Ya2NJ29Ks=")],
            url: "https://hooks.example.com/v1/user/sms?x=1")
        #expect(sent.label(try webhook(.twilio)) == "accept")
    }

    @Test func `a body that is no form needs its hash in Twilio's address`() throws {
        // The signature of the address alone is right.
        let signature = ("X-Twilio-Signature", "jhNH7M5JzBVeGYILJlBUCxjZmhE=")
        let sent = Sent(#"{"a":1}"#, [signature], url: "https://hooks.example.com/v1/user/sms?x=1")
        #expect(sent.label(try webhook(.twilio)) == "401 signature_mismatch")
        #expect(Sent(#"{"a":1}"#, [signature]).label(try webhook(.twilio)) == "401 signature_mismatch", "no address is known")
    }

    @Test func `Twilio's forms, which are taken apart before anybody is known to have sent them, are small`() throws {
        #expect(try webhook(.twilio).settings.bodyLimit == 1 << 20)
        #expect(try webhook(.twilio) { $0.maxBody = 5 }.settings.bodyLimit == 5)
        #expect(try webhook(.github).settings.bodyLimit == 25 << 20)
    }

    // MARK: Others

    @Test func `a body of Linear that says no time is refused`() throws {
        let sent = Sent(
            #"{"action":"create","type":"Issue"}"#, [("Linear-Signature", "cc266b9447c224d2d17e934f6b2445868651a5fe449a2a359624b2c665baded0")])
        #expect(sent.label(try webhook(.linear)) == "401 timestamp_missing")
    }

    @Test func `PagerDuty's id in the body comes before the header's, which nobody signs`() throws {
        let row = try row("PagerDuty")
        let replayed = Sent(row.body, [row.signature, ("X-Webhook-Id", "made-up")])
        #expect(replayed.accepted(try webhook(.pagerduty))?.delivery?.senderID == "01E")
    }

    @Test func `Bitbucket's header with a SHA-1 is no signature of Bitbucket`() throws {
        let body = #"{"ref":"refs/heads/main","note":"Grüße"}"#
        let sent = Sent(body, [("X-Hub-Signature", "sha1=3ed11f94da8a5de1e816734e7b88d67f39f0a69f")])
        #expect(sent.label(try webhook(.bitbucket)) == "401 signature_mismatch")
    }
}
