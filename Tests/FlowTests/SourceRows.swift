import Model
import Testing

/// One delivery of a sender, with a signature that the openssl command line or the sender's own library made.
struct SourceRow: Sendable, CustomTestStringConvertible {
    let name: String
    let source: WebhookSource
    var secret = "kit-secret"
    let body: String
    /// The header with the signature, which decides.
    let signature: (String, String)
    var headers: [(String, String)] = []
    var url: String?
    var id: String?
    var event: String?
    /// Whether the time is signed; how many seconds it may be off.
    var tolerance: Int?
    /// A token is sent as it is, so it covers no body.
    var coversBody = true
    /// A second signature beside the first also holds, with this secret.
    var otherSecret: String?

    var testDescription: String { name }
    var sent: Sent { Sent(body, [signature] + headers, url: url) }
}

private let push = #"{"ref":"refs/heads/main","note":"Grüße"}"#
private let digest = "5ea66d2a419ba8b6e9e79705f3a7c323f1fcfac96fc603e325aebbec02409a45"
private let form = ("Content-Type", "application/x-www-form-urlencoded")
private let signingToken = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
private let slackTime = ("X-Slack-Request-Timestamp", "1760000000")
private let paid = #"{"id":"evt_1","object":"event","type":"invoice.paid"}"#
private let stripe = "29cd9b86c6464fd414cf55052aebff5f64749ff1f33ee12bbe03453c52045122"
private let stripeOld = "b4ec4d1cd125811f57b994b654ffd2b1ed436fa883dc5e633a91aff56251eb04"

let sourceRows: [SourceRow] = [
    SourceRow(
        name: "GitHub", source: .github, body: push, signature: ("X-Hub-Signature-256", "sha256=\(digest)"),
        headers: [("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"), ("X-GitHub-Event", "push")],
        id: "72d3162e-cc78-11e3-81ab-4c9367dc0958", event: "push"),
    SourceRow(
        name: "GitHub, form", source: .github,
        body: "payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%2C%22note%22%3A%22Gr%C3%BC%C3%9Fe%22%7D",
        signature: ("X-Hub-Signature-256", "sha256=9a48689433b9f2d968ef18ad6031503e4b8944b46248bb286696d37a70a73cfd"),
        headers: [form, ("X-GitHub-Delivery", "g-2"), ("X-GitHub-Event", "push")], id: "g-2", event: "push"),
    SourceRow(
        name: "GitLab, token", source: .gitlab, body: #"{"object_kind":"push"}"#, signature: ("X-Gitlab-Token", "kit-secret"),
        headers: [("X-Gitlab-Event", "Push Hook"), ("Idempotency-Key", "i-1"), ("webhook-id", "i-1"), ("webhook-timestamp", "1")],
        id: "i-1", event: "Push Hook", coversBody: false),
    SourceRow(
        name: "GitLab, signing token", source: .gitlab, secret: signingToken, body: #"{"object_kind":"push","ref":"refs/heads/main"}"#,
        signature: ("webhook-signature", "v1,Q/wjoezDMnPRSUnQBYQMA0nAjFhf7AFa4RIBKjoE38E="),
        headers: [("webhook-id", "5f3c1a52-8d0e-4b0a-9a51-0c8f5b1f7e11"), ("webhook-timestamp", "1760000000"), ("X-Gitlab-Event", "Push Hook"),
            ("X-Gitlab-Token", "another"), ("Idempotency-Key", "5f3c1a52-8d0e-4b0a-9a51-0c8f5b1f7e11")],
        id: "5f3c1a52-8d0e-4b0a-9a51-0c8f5b1f7e11", event: "Push Hook", tolerance: 300),
    SourceRow(
        name: "Stripe", source: .stripe, secret: "whsec_kit", body: paid, signature: ("Stripe-Signature", "t=1760000000,v1=\(stripe)"),
        id: "evt_1", event: "invoice.paid", tolerance: 300),
    SourceRow(
        name: "Stripe, rolling", source: .stripe, secret: "whsec_kit", body: paid,
        signature: ("Stripe-Signature", "t=1760000000,v1=\(stripe),v1=\(stripeOld)"), id: "evt_1", event: "invoice.paid", tolerance: 300,
        otherSecret: "whsec_old"),
    SourceRow(
        name: "Shopify", source: .shopify, body: push, signature: ("X-Shopify-Hmac-Sha256", "XqZtKkGbqLbp55cF86fDI/H8+slvxgPjJa677AJAmkU="),
        headers: [("X-Shopify-Webhook-Id", "w-1"), ("X-Shopify-Event-Id", "e-1"), ("X-Shopify-Topic", "orders/create")], id: "w-1",
        event: "orders/create"),
    SourceRow(
        name: "Slack, event", source: .slack, body: #"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}"#,
        signature: ("X-Slack-Signature", "v0=59b1d69108a678d73c8b349d0ff880c683bf4d8032ccd037fa3554b1dfdbceef"), headers: [slackTime],
        id: "Ev1", event: "app_mention", tolerance: 300),
    SourceRow(
        name: "Slack, interactivity", source: .slack,
        body: "payload=%7B%22type%22%3A%22block_actions%22%2C%22actions%22%3A%5B%7B%22action_id%22%3A%22approve%22%2C%22value%22%3A%22a1%22%7D%5D%7D",
        signature: ("X-Slack-Signature", "v0=77a06823b310dbfd8b9914931fd04d835ac31ac61dc9e77d5a3007239d6b702e"), headers: [slackTime, form],
        event: "block_actions", tolerance: 300),
    SourceRow(
        name: "Slack, command", source: .slack,
        body: "token=x&command=%2Fdeploy&text=production&trigger_id=13345224609.738474920.8088930838d88f008e0",
        signature: ("X-Slack-Signature", "v0=5eb08ff3e4cd7440ff4ee2586ab6b5aa94976a49ae0e0f3f8642479f28148c0f"), headers: [slackTime, form],
        id: "13345224609.738474920.8088930838d88f008e0", event: "/deploy", tolerance: 300),
    SourceRow(
        name: "Standard Webhooks", source: .standard, secret: signingToken, body: #"{"type":"invoice.paid","data":{"id":"i1"}}"#,
        signature: ("webhook-signature", "v1,dDT/SWxwyU9AKo7N9zCgN+arxHYuSJSVpCArZkjToX4="),
        headers: [("webhook-id", "msg_1"), ("webhook-timestamp", "1760000000")], id: "msg_1", event: "invoice.paid", tolerance: 300),
    SourceRow(
        name: "Svix", source: .standard, secret: signingToken, body: #"{"type":"invoice.paid","data":{"id":"i1"}}"#,
        signature: ("svix-signature", "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== "
            + "v1,dDT/SWxwyU9AKo7N9zCgN+arxHYuSJSVpCArZkjToX4="),
        headers: [("svix-id", "msg_1"), ("svix-timestamp", "1760000000")], id: "msg_1", event: "invoice.paid", tolerance: 300),
    SourceRow(
        name: "Bitbucket Cloud", source: .bitbucket, body: push, signature: ("X-Hub-Signature", "sha256=\(digest)"),
        headers: [("X-Request-UUID", "b-1"), ("X-Hook-UUID", "h-1"), ("X-Attempt-Number", "1"), ("X-Event-Key", "repo:push")], id: "b-1",
        event: "repo:push"),
    SourceRow(
        name: "Bitbucket Data Center", source: .bitbucket, body: push, signature: ("X-Hub-Signature", "sha256=\(digest)"),
        headers: [("X-Request-Id", "b-2"), ("X-Event-Key", "repo:refs_changed")], id: "b-2", event: "repo:refs_changed"),
    SourceRow(
        name: "Linear", source: .linear, body: #"{"action":"create","type":"Issue","webhookTimestamp":1760000000000}"#,
        signature: ("Linear-Signature", "ebd5cf56af11c440997828dc6ad40e806b0abc698db24ddac29b055e76ebd621"),
        headers: [("Linear-Delivery", "l-1"), ("Linear-Event", "Issue")], id: "l-1", event: "Issue", tolerance: 60),
    SourceRow(
        name: "PagerDuty", source: .pagerduty, body: #"{"event":{"id":"01E","event_type":"incident.triggered"}}"#,
        signature: ("X-PagerDuty-Signature", "v1=86db96be23dfd4145dfbe49d11951f8dce5a161df28960fb971cfd27c06fd952,"
            + "v1=23c3345209ad45fd13500ea61af9f70d03f3e9472b5ae63a9e8949924b400c1f"),
        headers: [("X-Webhook-Id", "p-1")], id: "01E", event: "incident.triggered", otherSecret: "kit-old"),
    SourceRow(
        name: "Sentry", source: .sentry, body: #"{"action":"created","data":{"issue":{"id":"1"}}}"#,
        signature: ("Sentry-Hook-Signature", "35c26a4fb37fc57527572f41598abb56ff67b28e723436b17d0ce9ff723a4590"),
        headers: [("Request-ID", "s-1"), ("Sentry-Hook-Resource", "issue"), ("Sentry-Hook-Timestamp", "1")], id: "s-1", event: "issue"),
    SourceRow(
        name: "Twilio, form", source: .twilio, body: "MessageSid=SM1&Body=a+b&From=%2B15550001",
        signature: ("X-Twilio-Signature", "glL3FEkSMjKsZ181U7+QXIUvGMw="), headers: [form, ("I-Twilio-Idempotency-Token", "t-1")],
        url: "https://hooks.example.com/v1/user/sms?x=1", id: "t-1"),
    SourceRow(
        name: "Twilio, JSON", source: .twilio, body: #"{"a":1}"#, signature: ("X-Twilio-Signature", "7ClopU56qF27wkqKtBpIblKxM8Y="),
        headers: [("Content-Type", "application/json"), ("I-Twilio-Idempotency-Token", "t-2")],
        url: "https://hooks.example.com/v1/user/sms?x=1&bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
        id: "t-2"),
    SourceRow(
        name: "Gitea", source: .gitea, body: push, signature: ("X-Gitea-Signature", digest),
        headers: [("X-Gitea-Delivery", "t-1"), ("X-Gitea-Event", "push"), ("X-GitHub-Delivery", "t-1"), ("X-GitHub-Event", "push"),
            ("X-Gogs-Signature", "")], id: "t-1", event: "push"),
    SourceRow(
        name: "Gitea, form", source: .gitea,
        body: "payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%2C%22note%22%3A%22Gr%C3%BC%C3%9Fe%22%7D",
        signature: ("X-Hub-Signature-256", "sha256=\(digest)"), headers: [form, ("X-Gitea-Delivery", "t-2"), ("X-Gitea-Event", "push")],
        id: "t-2", event: "push"),
    SourceRow(
        name: "Forgejo", source: .forgejo, body: push, signature: ("X-Forgejo-Signature", digest),
        headers: [("X-Gitea-Signature", ""), ("X-Forgejo-Delivery", "f-1"), ("X-Forgejo-Event", "push")], id: "f-1", event: "push"),
    SourceRow(
        name: "generic", source: .generic, body: push, signature: ("X-Webhook-Signature", digest),
        headers: [("Idempotency-Key", "k-1"), ("X-Event-Type", "made")], id: "k-1", event: "made"),
]
