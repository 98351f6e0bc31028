import Model
import Testing

@testable import Dashboard

private func rule(_ text: String? = nil, _ change: (inout AlertRule) -> Void = { _ in }) -> AlertRule {
    var rule = AlertRule()
    rule.name = text ?? "deploys that wait"
    rule.condition = .approvalPending
    rule.endpoint = text ?? "deploy-*"
    rule.targets = [
        .channel(text ?? "ops"), .direct(.slack, destination: text ?? "https://hooks.example/services/SECRET"), .direct(.email, destination: "a@example.org"),
    ]
    rule.escalations = [AlertEscalation(after: 600, targets: [.channel(text ?? "on-call")])]
    rule.when = text
    change(&rule)
    return rule
}

private func notification(_ status: String, _ text: String? = nil, kind: String = "alert", attempts: Int = 1) -> NotificationView {
    NotificationView(
        id: text ?? sampleID(7), kind: text ?? kind, status: text ?? status, rule: text ?? "deploys that wait", condition: text ?? "approval_pending",
        channel: text ?? "ops", destination: text, endpoint: text ?? "deploy-site", event: text ?? "approval.requested", attempts: attempts,
        createdAt: sampleNow - 3 * minute, dueAt: ["pending", "waiting"].contains(status) ? sampleNow + minute : nil,
        lastAnswer: text ?? (attempts > 0 ? "HTTP 500: try later" : nil), settledAt: ["pending", "waiting"].contains(status) ? nil : sampleNow - minute,
        approvalID: text ?? "a1", runID: text)
}

private func alerts(_ rules: [AlertRuleView], silences: [SilenceView] = [], notice: Notice? = nil) -> AlertsPageView {
    AlertsPageView(session: session, rules: rules, silences: silences, notice: notice, now: sampleNow)
}

private func silence(_ text: String? = nil) -> SilenceView {
    SilenceView(
        id: text ?? sampleID(9), rule: text, endpoint: text ?? "night-*", reason: text ?? "The disk is being replaced.", author: text ?? "admin",
        createdAt: sampleNow - 5 * minute, until: sampleNow + 115 * minute)
}

/// The pages of alerts with every text that comes from outside set to `text`.
func hostileAlertPages(_ text: String, _ session: SessionView) -> [(name: String, bytes: [UInt8])] {
    var page = alerts(
        [AlertRuleView(rule: rule(text) { $0.quietHours = [text] }, isOfFile: false, problem: text, warnings: [text, text])], silences: [silence(text)],
        notice: Notice(.bad, text))
    page.session = session
    var filter = NotificationFilterView()
    (filter.status, filter.kind, filter.rule, filter.endpoint) = (text, text, text, text)
    return [
        ("alerts", alertsPage(page)),
        ("alerts-delete", deleteRulePage(DeleteRulePageView(session: session, item: page.rules[0]))),
        (
            "notifications",
            notificationsPage(
                NotificationsPageView(
                    session: session, filter: filter, notifications: [notification("sent", text)], older: text, isFirstPage: false,
                    notice: Notice(.bad, text), now: sampleNow))
        ),
        (
            "notification",
            notificationPage(
                NotificationPageView(session: session, item: notification("sent", text), notice: Notice(.bad, text), now: sampleNow))
        ),
    ]
}

/// To be looked at.
func prettyAlertPages() -> [(name: String, bytes: [UInt8])] {
    let rules = [
        AlertRuleView(rule: rule { ($0.throttle, $0.isEnabled) = (300, false) }, isOfFile: true, enabledInFile: true),
        AlertRuleView(
            rule: rule("night jobs that fail again and again") {
                ($0.condition, $0.threshold, $0.endpoint, $0.isEnabled, $0.escalations) = (.consecutiveFailures, 3, nil, false, [])
                ($0.targets, $0.when, $0.quietHours, $0.timezone) = ([.channel("ops")], "$exit_code != 75", ["* 0-6 * * *"], "Europe/Berlin")
            }, isOfFile: false),
        AlertRuleView(
            rule: rule("refused") { ($0.condition, $0.endpoint, $0.escalations, $0.when) = (.webhookRejected, "deploy-site", [], nil) }, isOfFile: false,
            problem: "there is no channel 'ops'"),
    ]
    var filter = NotificationFilterView()
    filter.rule = "deploys that wait"
    let items = [
        notification("pending", kind: "test", attempts: 2), notification("waiting", attempts: 0), notification("sent"), notification("dead", attempts: 14),
        notification("silenced", attempts: 0),
    ]
    return [
        ("alerts", alertsPage(alerts(rules, silences: [silence()], notice: Notice(.good, "deploys that wait is enabled.")))),
        ("alerts-delete", deleteRulePage(DeleteRulePageView(session: session, item: rules[1]))),
        ("alerts-empty", alertsPage(alerts([]))),
        ("notifications", notificationsPage(NotificationsPageView(session: session, filter: filter, notifications: items, older: "3", now: sampleNow))),
        ("notification", notificationPage(NotificationPageView(session: session, item: notification("dead", attempts: 14), now: sampleNow))),
        ("notification-pending", notificationPage(NotificationPageView(session: session, item: notification("pending", attempts: 4), now: sampleNow))),
    ]
}

@Suite struct AlertPageTests {
    @Test func aRuleSaysWhenItTellsAndWhere() throws {
        let html = try StrictHTML(alertsPage(alerts([AlertRuleView(rule: rule { $0.holdFor = 300 }, isOfFile: true)])))
        for part in ["deploys that wait", "of the file", "an approval waits", "if it still holds after 5m", "deploy-*", "ops", "a@example.org", "after 10m: on-call"] {
            #expect(html.text.contains(part), "\(part)")
        }
        #expect(html.text.contains("slack: https://hooks.example/********") && !html.text.contains("SECRET"))
        let values = html.all("button").compactMap { $0.attributes["value"] }
        #expect(values.contains("disable") && values.contains("test") && !values.contains("enable"))
    }

    @Test(arguments: AlertCondition.allCases) func everyConditionHasWords(_ condition: AlertCondition) {
        var rule = AlertRule()
        rule.condition = condition
        rule.threshold = condition.threshold.map { $0.default == nil ? 300 : nil } ?? nil
        #expect(!rule.occasion.isEmpty && !rule.occasion.contains("_") && !rule.occasion.contains("0s"))
    }

    @Test func aDisabledOrBrokenRuleSaysSo() throws {
        let off = try StrictHTML(alertsPage(alerts([AlertRuleView(rule: rule { $0.isEnabled = false }, isOfFile: false)])))
        #expect(off.text.contains("Disabled") && off.all("button").contains { $0.attributes["value"] == "enable" })
        let broken = try StrictHTML(alertsPage(alerts([AlertRuleView(rule: rule(), isOfFile: false, problem: "no such channel")])))
        #expect(broken.text.contains("Broken") && broken.text.contains("no such channel"))
    }

    @Test(arguments: [true, false]) func aSwitchedRuleOfTheFileCanGoBack(_ isEnabled: Bool) throws {
        let item = AlertRuleView(rule: rule { $0.isEnabled = !isEnabled }, isOfFile: true, enabledInFile: isEnabled)
        let html = try StrictHTML(alertsPage(alerts([item])))
        #expect(html.text.contains("the file says \(isEnabled ? "enabled" : "disabled")"))
        #expect(html.all("button").contains { $0.attributes["value"] == "reset" })
        let plain = try StrictHTML(alertsPage(alerts([AlertRuleView(rule: rule(), isOfFile: true)])))
        #expect(!plain.all("button").contains { $0.attributes["value"] == "reset" })
    }

    @Test func everyFormCarriesItsToken() throws {
        let page = alerts([AlertRuleView(rule: rule(), isOfFile: true)], silences: [silence()])
        let question = deleteRulePage(DeleteRulePageView(session: session, item: page.rules[0]))
        for bytes in [alertsPage(page), question, notificationPage(NotificationPageView(session: session, item: notification("dead"), now: sampleNow))] {
            let html = try StrictHTML(bytes)
            let tokens = html.all("input").filter { $0.attributes["name"] == "csrf" && $0.attributes["value"] == session.csrf }
            #expect(tokens.count == html.all("form").count { $0.attributes["method"] == "post" })
        }
    }

    @Test(arguments: [
        ("pending", "Try now", true), ("pending", "Next try", true), ("waiting", "Looked at", false), ("sent", "Sent", false), ("dead", "Given up", true), ("dead", "Send again", true),
        ("silenced", "A silence held", false),
    ])
    func onlyWhatIsUnsentCanBeSent(_ status: String, _ words: String, _ isResendable: Bool) throws {
        let html = try StrictHTML(notificationPage(NotificationPageView(session: session, item: notification(status), now: sampleNow)))
        #expect(html.text.contains(words))
        #expect(html.all("button").contains { $0.attributes["value"] == "resend" } == isResendable)
        #expect(html.all("a").contains { $0.attributes["href"] == "/dashboard/approvals/a1" })
    }

    @Test func theNextPageKeepsTheFilter() throws {
        var filter = NotificationFilterView()
        (filter.status, filter.rule) = ("dead", "a & b")
        let html = try StrictHTML(
            notificationsPage(NotificationsPageView(session: session, filter: filter, notifications: [notification("dead")], older: "77", now: sampleNow)))
        #expect(html.all("a").contains { $0.attributes["href"] == "/dashboard/notifications?status=dead&rule=a%20%26%20b&before=77" })
    }
}
