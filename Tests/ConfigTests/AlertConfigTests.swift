import Config
import Diagnostics
import Glibc
import Model
import Posix
import Testing

/// What the sample's references stand for.
@Sendable func alertEnvironment(_ name: String) -> String? {
    switch name {
    case "SLACK_HOOK", "TEAMS_HOOK", "HEARTBEAT_URL": "https://example.org/\(name.lowercased())"
    case "PAGERDUTY_KEY": "0123456789abcdef0123456789ABCDEF"
    case "HOOK_KEY", "NTFY_TOKEN", "SMTP_PASSWORD", "SLACK_SIGNING_SECRET": "any"
    default: nil
    }
}

func alertSample() throws -> String {
    let path = configs.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/alerts.yaml"
    return String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self)
}

@Suite("Alerts in configurations")
struct AlertConfigTests {
    private func load(_ text: String) -> LoadedConfig {
        readConfig(Array(text.utf8), path: "wrapd.yaml", directory: "/", environment: alertEnvironment)
    }

    /// A file whose lines these are behind the first two.
    private func load(lines: String) -> LoadedConfig { load("version: 1\nendpoints: [{name: deploy, command: echo, timeout: 600}]\n\(lines)\n") }

    @Test("the sample is read into settings, with nothing to say but of the secrets that stand in it")
    func sample() throws {
        let loaded = load(try alertSample())
        #expect(listing(loaded.diagnostics) == "")
        let alerts = try #require(loaded.file?.alerts)
        #expect(
            alerts.rules.map(\.name) == [
                "Backups that fail", "Deployments that wait", "Nearly too late", "Trouble on main", "Strange deliveries", "Slow runs",
            ])
        #expect(alerts.channels.map(\.name) == ["releases", "oncall", "phone", "audit", "office", "chat"])
        #expect(alerts.channels.map(\.kind) == [.slack, .pagerduty, .ntfy, .webhook, .email, .teams])
        #expect(alerts.channels[1].effectiveURL == "https://events.pagerduty.com/v2/enqueue" && alerts.channels[1].token == "$PAGERDUTY_KEY")
        #expect(alerts.channels[2].token == "$NTFY_TOKEN" && alerts.channels[3].secret == "$HOOK_KEY")
        #expect(alerts.channels[4].to == ["ops@example.org", "lead@example.org"] && alerts.channels[4].effectiveURL == nil)
        var smtp = SMTPSettings()
        (smtp.url, smtp.from) = ("smtp://mail.example.org:587", "Sluice <sluice@example.org>")
        (smtp.user, smtp.password) = ("sluice", "$SMTP_PASSWORD")
        #expect(alerts.smtp == smtp)
        var slack = SlackSettings()
        slack.signingSecret = "$SLACK_SIGNING_SECRET"
        slack.users = ["U0123ABCD": "anna", "W0456EFGH": "ben"]
        slack.teams = ["T0123ABCD"]
        #expect(alerts.slack == slack)
        #expect(alerts.heartbeat?.url == "$HEARTBEAT_URL" && alerts.heartbeat?.every == 60)
        #expect(alerts.callbackAllow == ["10.0.0.0/8", "fd00::/8", "builder.internal"])
        #expect(loaded.file?.endpoints.last?.settings.notifyURL == "$SLACK_HOOK")
    }

    @Test("each field of a rule is read into its property")
    func rules() throws {
        let rules = try #require(load(try alertSample()).file?.alerts.rules)
        var expected = AlertRule()
        (expected.name, expected.endpoint, expected.condition) = ("Backups that fail", "backup", .failure)
        expected.targets = [.direct(.slack, destination: "$SLACK_HOOK")]
        #expect(rules[0] == expected)
        expected = AlertRule()
        (expected.name, expected.endpoint, expected.condition) = ("Deployments that wait", "deploy-*", .approvalPending)
        expected.targets = [.channel("releases")]
        expected.repeatInterval = 1800
        expected.escalations = [.init(after: 600, targets: [.channel("phone")]), .init(after: 1800, targets: [.channel("oncall"), .channel("office")])]
        expected.text = "{endpoint}: {requested_by} waits for a decision"
        #expect(rules[1] == expected)
        #expect(rules[2].threshold == 300 && rules[2].effectiveThreshold == 300)
        expected = AlertRule()
        (expected.name, expected.condition, expected.threshold, expected.holdFor) = ("Trouble on main", .consecutiveFailures, 3, 300)
        expected.when = #"ref == "refs/heads/main" and $exit_code != 75"#
        expected.targets = [.channel("chat")]
        (expected.quietHours, expected.timezone) = (["* 0-6 * * *", "2026-12-24..2026-12-26"], "Europe/Berlin")
        (expected.groupBy, expected.groupWait, expected.throttle, expected.burst) = (["endpoint"], 30, 300, 10)
        #expect(rules[3] == expected)
        expected = AlertRule()
        (expected.name, expected.condition, expected.threshold, expected.window) = ("Strange deliveries", .webhookRejected, 20, 600)
        expected.targets = [
            .direct(.email, destination: "security@example.org"), .channel("audit"),
            .direct(.discord, destination: "https://discord.example.org/api/webhooks/1/x"),
        ]
        #expect(rules[4] == expected)
        #expect(rules[5].threshold == 90 && !rules[5].isEnabled && rules[5].targets == [.channel("audit")])
        #expect(rules.map { $0.covers(endpoint: "deploy-web") } == [false, true, true, true, true, true])
    }

    @Test(
        "forms of one and the same",
        arguments: [
            ("channel: ops", "channels: [ops]"), ("channels: ops", "channels: [ops]"),
            ("channel: slack\n    destination: $SLACK_HOOK", "channels: [{channel: slack, destination: $SLACK_HOOK}]"),
            ("channels: ops\n    threshold: 90", "channels: ops\n    threshold: 1m30s"), ("channel: ops\n    endpoint:", "channel: ops"),
            ("channel: ops\n    quiet_hours: 2026-12-24", "channel: ops\n    quiet_hours: [2026-12-24]"),
        ])
    func forms(_ first: String, _ second: String) throws {
        let rules = try [first, second].map { form in
            let threshold = form.contains("threshold") ? "" : "\n    threshold: 5m"
            let loaded = load(
                lines: "channels: {ops: {type: slack, url: $SLACK_HOOK}, x: {type: slack, url: $SLACK_HOOK}}\n"
                    + "alerts:\n  - name: a\n    condition: run_slow\n    \(form)\(threshold)\n  - {name: b, condition: failure, channels: [ops, x]}")
            #expect(listing(loaded.diagnostics) == "")
            return try #require(loaded.file?.alerts.rules.first)
        }
        #expect(rules[0] == rules[1])
    }

    @Test("null stands for the default, and nothing at all for nothing")
    func nulls() throws {
        let loaded = load(
            lines: "alerts:\nchannels: ~\nsmtp:\nslack:\nheartbeat:\ncallback_allow:")
        #expect(listing(loaded.diagnostics) == "" && loaded.file?.alerts == AlertSettings())
        let rule = load(
            lines: "alerts: [{name: a, condition: failure, channel: teams, destination: $TEAMS_HOOK, endpoint: ~, window: ~, for: ~, burst: ~, "
                + "channels: ~, escalate: ~, quiet_hours: ~, group_by: ~, text: ~, when: ~, enabled: ~, threshold: ~}]")
        var expected = AlertRule()
        expected.name = "a"
        expected.targets = [.direct(.teams, destination: "$TEAMS_HOOK")]
        #expect(listing(rule.diagnostics) == "" && rule.file?.alerts.rules == [expected])
    }

    @Test(
        "no line that is shown holds a secret",
        arguments: [
            "alerts: [{name: a, condition: failures, channel: slack, destination: https://x.example.org/SECRET}]",
            "alerts: [{name: a, condition: failures, channel: https://x.example.org/SECRET, destination: slack}]",
            "alerts: [{name: a, condition: failures, channel: https://x.example.org/SECRET}]",
            "alerts: [{name: a, condition: failure, channels: [https://x.example.org/SECRET]}]",
            "alerts: [{name: a, condition: failure, channels: https://x.example.org/SECRET}]",
            "alerts: [{name: a, condition: failures, channels: [{channel: slack, destination: https://x.example.org/SECRET}]}]",
            "alerts: [{name: a, condition: approval_pending, channel: b, escalate: [{after: no, channel: slack, destination: //x.org/SECRET}]}]",
            "alerts: [{name: a, condition: failure, channel: slack, destnation: https://x.example.org/SECRET}]",
            "alerts: [https://x.example.org/SECRET]", "alerts: https://x.example.org/SECRET", "channels: SECRET", "channels: {a: SECRET}",
            "channels: {a: {type: slak, url: https://x.example.org/SECRET}}", "channels: {a: {type: webhook, url: x, secret: SECRET}}",
            "channels: {a: {type: ntfy, url: x, token: $-SECRET}}", "channels: {a: {type: pagerduty, routing_key: SECRET}}",
            "channels: {a: {type: webhook, secret: [SECRET]}}", "channels: {a: {type: webhook, sekret: SECRET}}",
            "smtp: {url: x, password: SECRET}", "smtp: {url: x, pasword: SECRET}", "smtp: {url: smtp://me:SECRET@example.org}", "smtp: SECRET",
            "slack: {signing_secret: SECRET, team: x}", "slack: SECRET", "heartbeat: SECRET", "heartbeat: {url: https://x.example.org/SECRET, every: 0}",
            "heartbeat: [https://x.example.org/SECRET]", "channels: [https://x.example.org/SECRET]",
            "alerts: [{name: a, condition: approval_pending, escalate: [https://x.example.org/SECRET]}]",
        ])
    func masked(_ line: String) {
        let loaded = load(lines: line)
        #expect(loaded.hasErrors, "\(line)")
        let shown = loaded.diagnostics.map { render($0, file: "wrapd.yaml", source: loaded.source) }.joined()
        #expect(!shown.contains("SECRET"), "\(shown)")
        #expect(shown.contains("*"), "\(shown)")
    }

    @Test("a notify_url that stands in the file is not shown either")
    func maskedEndpoint() {
        let loaded = load("version: 1\nendpoints: [{name: a, command: echo, timeout: 0, notify_url: https://x.example.org/SECRET}]\n")
        let shown = loaded.diagnostics.map { render($0, file: "wrapd.yaml", source: loaded.source) }.joined()
        #expect(loaded.hasErrors && !shown.contains("SECRET"))
    }

    @Test("what a reference stands for is judged, and not repeated")
    func values() {
        let loaded = readConfig(
            Array(
                """
                version: 1
                endpoints: [{name: a, command: echo}]
                channels:
                  a: {type: slack, url: $A}
                  b: {type: webhook, url: $URL, secret: $B}
                  c: {type: ntfy, url: $URL, token: $A}
                  d: {type: pagerduty, routing_key: $A}
                  e: {type: email, to: $A}
                smtp: {url: smtp://localhost, from: a@example.org, user: me, password: $C}
                alerts: [{name: x, condition: failure, channels: [a, b, c, d, e]}]
                """.utf8), path: "wrapd.yaml", directory: "/"
        ) { ["A": "two words", "B": "whsec_AAAA", "C": "a\r\nb", "URL": "https://example.org"][$0] }
        let places = loaded.diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0)" }
        #expect(places == ["4:25", "5:41", "6:37", "7:37", "8:24", "9:72"], "\(listing(loaded.diagnostics))")
        #expect(!listing(loaded.diagnostics).contains("two words") && !listing(loaded.diagnostics).contains("AAAA"))
    }

    @Test("a crontab's jobs are endpoints that rules may name")
    func crontabs() throws {
        try withFolder { folder in
            let rule = { (endpoint: String) in
                """
                version: 1
                endpoints: [{name: a, command: echo}]
                alerts: [{name: r, condition: failure, endpoint: \(endpoint), channel: slack, destination: $SLACK_HOOK}]
                """
            }
            mkdir("\(folder)/schedules", 0o700)
            defer {
                unlink("\(folder)/schedules/nightly.crontab")
                rmdir("\(folder)/schedules")
            }
            try Files.writeAtomically("\(folder)/schedules/nightly.crontab", Array("0 3 * * * echo hi\n".utf8), mode: 0o600)
            let load = { (name: String) in
                readConfig(Array(rule(name).utf8), path: "wrapd.yaml", directory: folder, environment: alertEnvironment)
            }
            let name = try #require(load("a").file?.crontabs.first?.settings.name)
            #expect(load(name).diagnostics.isEmpty)
            #expect(load("nobody").diagnostics.map(\.message) == ["there is no endpoint 'nobody'"])
        }
    }
}
