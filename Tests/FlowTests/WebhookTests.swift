import Crypto
import Model
import Store
import TestKit
import Testing
import Triggers

@Suite struct WebhookTests {
    private let body = #"{"ref":"refs/heads/main","note":"Grüße"}"#
    private let digest = "5ea66d2a419ba8b6e9e79705f3a7c323f1fcfac96fc603e325aebbec02409a45"

    private func hook(
        _ source: WebhookSource, secret: String? = "kit-secret", events: [String] = [], allowUnsigned: Bool = false
    ) throws -> CompiledEndpoint {
        try compiled("cat", secrets: secret.map { ["$HOOK": $0] } ?? [:]) {
            $0.trigger = .webhook
            $0.webhookSource = source
            $0.webhookEvents = events
            $0.allowUnsigned = allowUnsigned
            $0.secret = secret == nil ? nil : "$HOOK"
        }
    }

    // MARK: GitHub

    @Test func `a signed delivery of GitHub is accepted with its id and event`() throws {
        let sent = Sent(body, [("x-hub-signature-256", "sha256=\(digest)"), ("X-GitHub-Delivery", "g-1"), ("X-GitHub-Event", "push")])
        guard case .accept(let call) = sent.verdict(try hook(.github)) else {
            Issue.record("refused: \(sent.label(try hook(.github)))")
            return
        }
        #expect(call.stdin == Array(body.utf8) && call.delivery?.rawBody == nil)
        #expect(call.delivery?.senderID == "g-1" && call.origin.deliveryID == "g-1" && call.origin.event == "push")
        #expect(call.origin.source == .webhook && call.origin.requestedBy.contains("192.0.2.7"))
    }

    @Test func `the example of GitHub's documentation holds`() throws {
        let header = ("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
        let endpoint = try hook(.github, secret: "It's a Secret to Everybody")
        #expect(Sent("Hello, World!", [header]).label(endpoint) == "400 malformed_json", "verified; only it is no JSON")
        #expect(Sent("Hello, World?", [header]).label(endpoint) == "401 signature_mismatch")
    }

    @Test func `an octet of the body more, less or other is refused`() throws {
        let endpoint = try hook(.github)
        let header = ("X-Hub-Signature-256", "sha256=\(digest)")
        for changed in [body + " ", String(body.dropLast()), body.replacing("main", with: "mair"), ""] {
            #expect(Sent(changed, [header]).label(endpoint) == "401 signature_mismatch")
        }
    }

    @Test func `a signature that was changed at any digit is refused`() throws {
        let endpoint = try hook(.github)
        for index in digest.indices {
            var changed = digest
            changed.replaceSubrange(index...index, with: digest[index] == "0" ? "1" : "0")
            #expect(Sent(body, [("X-Hub-Signature-256", "sha256=\(changed)")]).label(endpoint) == "401 signature_mismatch")
        }
    }

    @Test(arguments: [[], [("X-Hub-Signature-256", "")], [("X-Hub-Signature-256", "sha256=")],
        [("X-Hub-Signature", "sha1=3ed11f94da8a5de1e816734e7b88d67f39f0a69f")]])
    func `no signature, an empty one or only the old SHA-1 is missing`(_ headers: [(String, String)]) throws {
        #expect(Sent(body, headers).label(try hook(.github)) == "401 signature_missing")
    }

    @Test func `the signature of another secret is refused`() throws {
        #expect(Sent(body, [("X-Hub-Signature-256", "sha256=\(digest)")]).label(try hook(.github, secret: "other")) == "401 signature_mismatch")
    }

    @Test func `a form's signature covers the form, and the command gets the JSON inside`() throws {
        let form = "payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%2C%22note%22%3A%22Gr%C3%BC%C3%9Fe%22%7D"
        let headers = [
            ("X-Hub-Signature-256", "sha256=9a48689433b9f2d968ef18ad6031503e4b8944b46248bb286696d37a70a73cfd"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]
        guard case .accept(let call) = Sent(form, headers).verdict(try hook(.github)) else {
            Issue.record("refused")
            return
        }
        #expect(call.stdin == Array(body.utf8))
        #expect(call.delivery?.rawBody == Array(form.utf8))
        #expect(Sent(body, headers).label(try hook(.github)) == "401 signature_mismatch")
    }

    @Test func `a form without payload is refused after the signature`() throws {
        let form = "other=1"
        let signature = "sha256=\(HMACKey("kit-secret").sign(form).hex)"
        let headers = [("X-Hub-Signature-256", signature), ("content-type", "application/x-www-form-urlencoded; charset=utf-8")]
        #expect(Sent(form, headers).label(try hook(.github)) == "400 malformed_form")
        let pasted = [("X-Hub-Signature-256", "sha256=\(HMACKey("kit-secret").sign("{}").hex)"), headers[1]]
        guard case .refuse(let refusal, _) = Sent("{}", pasted).verdict(try hook(.github)) else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.detail.contains("Content-Type: application/json"), "curl -d says form; the answer names the way out")
    }

    @Test func `a ping is answered only when it is signed`() throws {
        let signed = [("X-Hub-Signature-256", "sha256=\(digest)"), ("X-GitHub-Event", "ping")]
        #expect(Sent(body, signed).label(try hook(.github)) == "ping")
        #expect(Sent(body, [("X-GitHub-Event", "ping")]).label(try hook(.github)) == "401 signature_missing")
    }

    @Test func `an event that the filter leaves out is kept and makes no call`() throws {
        let headers = [("X-Hub-Signature-256", "sha256=\(digest)"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "g-2")]
        #expect(Sent(body, headers).label(try hook(.github, events: ["push", "release"])) == "accept")
        guard case .ignore(let left) = Sent(body, headers).verdict(try hook(.github, events: ["release"])) else {
            Issue.record("not ignored")
            return
        }
        #expect(left.delivery.senderID == "g-2" && left.body == Array(body.utf8))
    }

    // MARK: Stripe

    private let stripeBody = #"{"id":"evt_1","object":"event","type":"invoice.paid"}"#
    private let stripe = "29cd9b86c6464fd414cf55052aebff5f64749ff1f33ee12bbe03453c52045122"
    private let stripeOld = "b4ec4d1cd125811f57b994b654ffd2b1ed436fa883dc5e633a91aff56251eb04"

    @Test func `an event of Stripe is accepted with the id and type of its body`() throws {
        let endpoint = try hook(.stripe, secret: "whsec_kit")
        guard case .accept(let call) = Sent(stripeBody, [("Stripe-Signature", "t=1760000000,v1=\(stripe)")]).verdict(endpoint) else {
            Issue.record("refused")
            return
        }
        #expect(call.delivery?.senderID == "evt_1" && call.origin.event == "invoice.paid")
    }

    @Test func `of two signatures one that holds is enough, in either place, beside ones of other schemes`() throws {
        for value in [
            "t=1760000000,v1=\(stripe),v1=\(stripeOld)", "t=1760000000,v1=\(stripeOld),v1=\(stripe)",
            "v0=\(stripeOld), v1=\(stripe) ,t=1760000000",
        ] {
            #expect(Sent(stripeBody, [("Stripe-Signature", value)]).label(try hook(.stripe, secret: "whsec_kit")) == "accept", "\(value)")
        }
        let both = "t=1760000000,v1=\(stripe),v1=\(stripeOld)"
        #expect(Sent(stripeBody, [("Stripe-Signature", both)]).label(try hook(.stripe, secret: "whsec_old")) == "accept")
        #expect(Sent(stripeBody, [("Stripe-Signature", both)]).label(try hook(.stripe, secret: "whsec_new")) == "401 signature_mismatch")
    }

    @Test(arguments: [(0, "accept"), (300, "accept"), (301, "401 timestamp_stale"), (-300, "accept"), (-301, "401 timestamp_stale")])
    func `a signed timestamp may be five minutes off, in both directions`(_ seconds: Int64, _ label: String) throws {
        let sent = Sent(stripeBody, [("Stripe-Signature", "t=1760000000,v1=\(stripe)")], at: start + seconds * second)
        #expect(sent.label(try hook(.stripe, secret: "whsec_kit")) == label)
    }

    @Test func `the timestamp is part of what is signed`() throws {
        let sent = Sent(stripeBody, [("Stripe-Signature", "t=1760000001,v1=\(stripe)")])
        #expect(sent.label(try hook(.stripe, secret: "whsec_kit")) == "401 signature_mismatch")
    }

    @Test(arguments: [
        "", "t=1760000000", "v1=29cd9b86c6464fd414cf55052aebff5f64749ff1f33ee12bbe03453c52045122", "t=,v1=", "t=soon,v1=29cd", ",,,",
        "t=1760000000,v0=29cd9b86c6464fd414cf55052aebff5f64749ff1f33ee12bbe03453c52045122",
    ])
    func `a Stripe header without time or v1 is missing`(_ value: String) throws {
        #expect(Sent(stripeBody, [("Stripe-Signature", value)]).label(try hook(.stripe, secret: "whsec_kit")) == "401 signature_missing")
    }

    @Test func `nothing of a refused body of Stripe is taken for an id`() throws {
        let endpoint = try hook(.stripe, secret: "whsec_kit")
        let sent = Sent(stripeBody, [("Stripe-Signature", "t=1760000000,v1=\(stripeOld)")])
        guard case .refuse(let refusal, let sender) = sent.verdict(endpoint) else {
            Issue.record("accepted")
            return
        }
        #expect(refusal.code == "signature_mismatch" && sender == nil)
    }

    @Test func `of an id in a body that is not printable the hash counts, and such an event is none`() throws {
        let odd = #"{"id":"a\u001b[2Jb","type":"line\nbreak"}"#
        let signature = HMACKey("whsec_kit").sign("1760000000.\(odd)").hex
        guard case .accept(let call) = Sent(odd, [("Stripe-Signature", "t=1760000000,v1=\(signature)")])
            .verdict(try hook(.stripe, secret: "whsec_kit"))
        else {
            Issue.record("refused")
            return
        }
        #expect(call.delivery?.senderID == "sha256:ba68753a5de2ee1698a8bbf59c2329909d2be73c4978b6068d8901dd520b0b9f" && call.origin.event == nil)
    }

    // MARK: Shopify

    @Test func `a webhook of Shopify is accepted by its Base64 signature alone`() throws {
        let endpoint = try hook(.shopify)
        let headers = [("X-Shopify-Hmac-Sha256", "XqZtKkGbqLbp55cF86fDI/H8+slvxgPjJa677AJAmkU="), ("X-Shopify-Webhook-Id", "w1"),
            ("X-Shopify-Topic", "orders/create")]
        guard case .accept(let call) = Sent(body, headers).verdict(endpoint) else {
            Issue.record("refused")
            return
        }
        #expect(call.delivery?.senderID == "w1" && call.origin.event == "orders/create")
        #expect(Sent(body + " ", headers).label(endpoint) == "401 signature_mismatch")
        for value in [digest, "XqZtKkGbqLbp55cF86fDI/H8+slvxgPjJa677AJAmkV=", "XqZtKkGbqLbp55cF86fDI_H8-slvxgPjJa677AJAmkU=", "????"] {
            #expect(Sent(body, [("X-Shopify-Hmac-Sha256", value)]).label(endpoint) == "401 signature_mismatch", "\(value)")
        }
        #expect(Sent(body, []).label(endpoint) == "401 signature_missing")
    }

    // MARK: Any other sender

    @Test(arguments: ["X-Hub-Signature-256", "X-Signature-256", "X-Webhook-Signature"])
    func `any other sender signs in one of three headers, with or without the prefix`(_ name: String) throws {
        let endpoint = try hook(.generic)
        #expect(Sent(body, [(name, "sha256=\(digest)")]).label(endpoint) == "accept")
        #expect(Sent(body, [(name, digest.uppercased())]).label(endpoint) == "accept")
        #expect(Sent(body + "x", [(name, "sha256=\(digest)")]).label(endpoint) == "401 signature_mismatch")
        #expect(Sent(body, [(name, "sha1=\(digest)")]).label(endpoint) == "401 signature_mismatch")
        #expect(Sent(body, []).label(endpoint) == "401 signature_missing")
    }

    @Test func `a body of any other sender may be anything`() throws {
        let text = "\u{0}no json"
        #expect(Sent(text, [("X-Signature-256", HMACKey("kit-secret").sign(text).hex)]).label(try hook(.generic)) == "accept")
    }

    // MARK: Without a secret

    @Test func `without a secret only a sender that may be unsigned is taken`() throws {
        for source in [WebhookSource.github, .stripe, .shopify] {
            #expect(Sent(body, []).label(try hook(source, secret: nil)) == "401 secret_not_set")
            #expect(Sent(body, []).label(try hook(source, secret: nil, allowUnsigned: true)) == "accept")
        }
        #expect(Sent(body, []).label(try hook(.generic, secret: nil)) == "accept")
    }

    @Test func `with a secret allow_unsigned opens nothing`() throws {
        #expect(Sent(body, []).label(try hook(.github, allowUnsigned: true)) == "401 signature_missing")
    }

    @Test func `an empty id counts as none`() throws {
        let sent = Sent(body, [("X-Hub-Signature-256", "sha256=\(digest)"), ("X-GitHub-Delivery", "")])
        let call = try #require(sent.accepted(try hook(.github)))
        #expect(call.delivery != nil && call.delivery?.senderID == nil)
    }
}
