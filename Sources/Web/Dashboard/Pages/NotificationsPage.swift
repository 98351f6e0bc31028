internal import Model

/// `GET /dashboard/notifications`: what was told or is to be told, the newest first.
package func notificationsPage(_ view: NotificationsPageView) -> [UInt8] {
    let here = view.filter.parameters.reduce(SitePath.notifications) { $0.query($1.name, $1.value) }
    return dashboardPage(title: "Notifications", session: view.session, place: .notifications) {
        tag(.div, .class("title-line")) {
            tag(.h1, text: "Notifications")
            tag(.p, .class("hint")) {
                "As of "
                timeTag(view.now)
                " · "
                tag(.a, .href(here), text: "Refresh")
            }
        }
        noticeBox(view.notice)
        filterForm(view.filter)
        if view.notifications.isEmpty {
            tag(.div, .class("panel empty")) { tag(.p, .class("muted"), text: nothing(view)) }
        } else {
            tag(.table, .class("list")) {
                tag(.caption, .class("visually-hidden"), text: "Notifications, the newest first")
                tag(.thead) {
                    tag(.tr) {
                        for name in ["About", "State", "To", "Endpoint", "Tries", "Made"] { tag(.th, .columnHeader, text: name) }
                    }
                }
                tag(.tbody) { for item in view.notifications { row(item, now: view.now) } }
            }
        }
        pager(here, older: view.older, isFirstPage: view.isFirstPage)
    }
}

private func nothing(_ view: NotificationsPageView) -> String {
    if view.older != nil { return "None of the notifications looked at fit. There are older ones." }
    if !view.filter.isEmpty { return "No notification fits." }
    return view.isFirstPage ? "Nobody was told anything yet." : "Nothing older."
}

/// Sent as the query of the same page, so that it works without a script and can be kept as a bookmark.
private func filterForm(_ filter: NotificationFilterView) -> HTML {
    tag(.form, .class("panel filters"), .action(.notifications), .get, .label("Filter")) {
        choice("status", "State", NotificationFilterView.statuses, filter.status)
        choice("kind", "Kind", NotificationFilterView.kinds, filter.kind)
        textFilter("rule", "Rule", filter.rule)
        textFilter("endpoint", "Endpoint", filter.endpoint)
        tag(.div, .class("filter-buttons")) {
            tag(.button, .class("quiet"), .type("submit"), text: "Filter")
            if !filter.isEmpty { tag(.a, .href(.notifications), text: "Show all") }
        }
    }
}

private func choice(_ name: StaticString, _ title: String, _ words: [String], _ chosen: String) -> HTML {
    tag(.div) {
        tag(.label, .for("filter-\(name)"), text: title)
        tag(.select, .id("filter-\(name)"), .name(name)) {
            option("", "any", isSelected: chosen.isEmpty)
            for word in words { option(word, word, isSelected: chosen == word) }
        }
    }
}

private func row(_ item: NotificationView, now: Int64) -> HTML {
    tag(.tr) {
        tag(.th, .rowHeader, .column("About")) {
            tag(.a, .href(.notification(item.id))) { personText(item.rule ?? kindWords(item.kind), limit: 200) }
            tag(.p, .class("hint")) { machineText(subject(item), limit: 100) }
        }
        cell("State") {
            badge(notification: item.status)
            if item.kind == "test" { tag(.p, .class("hint"), text: "a test") }
        }
        cell("To") { place(item) }
        cell("Endpoint") { if let endpoint = item.endpoint { personText(endpoint, limit: 200) } else { "—" } }
        cell("Tries") {
            grouped(item.attempts)
            if item.status != "sent", let answer = item.lastAnswer { tag(.p, .class("hint")) { machineText(answer, limit: 120) } }
        }
        cell("Made") { timeTag(item.createdAt, now: now) }
    }
}

/// What it tells, in one word.
private func subject(_ item: NotificationView) -> String { item.condition ?? item.event ?? (item.rule == nil ? item.kind : kindWords(item.kind)) }

private func place(_ item: NotificationView) -> HTML {
    group {
        if let channel = item.channel { personText(channel, limit: 200) }
        if let destination = item.destination {
            item.channel == nil ? machineText(destination, limit: 200) : tag(.p, .class("hint")) { machineText(destination, limit: 200) }
        }
        if item.channel == nil, item.destination == nil { "—" }
    }
}

/// `GET /dashboard/notifications/{id}`: one with what became of it.
package func notificationPage(_ view: NotificationPageView) -> [UInt8] {
    let item = view.item
    return dashboardPage(title: "Notification: " + (item.rule ?? kindWords(item.kind)), session: view.session, place: .notifications) {
        noticeBox(view.notice)
        tag(.section, .class("panel outcome " + notificationClass(item.status))) {
            tag(.p, .class("eyebrow"), text: item.kind == "test" ? "Notification, a test" : "Notification")
            tag(.h1) {
                personText(item.rule ?? kindWords(item.kind))
                " "
                badge(notification: item.status)
            }
            if let title = item.title { tag(.p, .class("lead")) { tag(.strong) { personText(title, limit: 1000) } } }
            tag(.p, .class("lead"), text: explanation(item))
            fields(view)
            resendForm(view)
        }
    }
}

private func explanation(_ item: NotificationView) -> String {
    switch item.status {
    case "waiting": "It waits for its time, or for others to join it. If it does not hold any more by then, it is not sent."
    case "pending" where item.attempts > 0: "The last try failed. It is tried again."
    case "pending": "It is to be sent."
    case "sent": "The destination took it."
    case "dead": "It was given up: the destination refuses it, or did not take it in time."
    case "silenced": "A silence held, so it was not sent and will not be."
    default: ""
    }
}

private func fields(_ view: NotificationPageView) -> HTML {
    let item = view.item
    return tag(.dl, .class("fields")) {
        field("Kind") { kindWords(item.kind) }
        if let condition = item.condition { field("Condition") { tag(.code) { machineText(condition, limit: 200) } } }
        if let event = item.event { field("Event") { tag(.code) { machineText(event, limit: 200) } } }
        if let endpoint = item.endpoint { field("Endpoint") { personText(endpoint, limit: 200) } }
        if let channel = item.channel { field("Channel") { personText(channel, limit: 200) } }
        if let destination = item.destination { field("Destination") { tag(.code) { machineText(destination, limit: 1000) } } }
        field("Made") { timeTag(item.createdAt, now: view.now) }
        field("Tries") { grouped(item.attempts) }
        if let due = item.dueAt { field(item.status == "waiting" ? "Looked at" : "Next try") { timeTag(due, now: view.now) } }
        if let settled = item.settledAt { field(settledWord(item)) { timeTag(settled, now: view.now) } }
        if let answer = item.lastAnswer { field("Last answer") { tag(.code) { machineText(answer, limit: 4 << 10) } } }
        if let approval = item.approvalID { field("Approval") { tag(.a, .href(.approval(approval))) { tag(.code, text: approval) } } }
        if let run = item.runID { field("Run") { tag(.a, .href(.run(run))) { tag(.code, text: run) } } }
        field("Notification id") { tag(.code, text: item.id) }
    }
}

private func settledWord(_ item: NotificationView) -> String {
    switch item.status {
    case "sent": "Sent"
    case "dead": "Given up"
    default: "Silenced"
    }
}

private func resendForm(_ view: NotificationPageView) -> HTML? {
    let isDead = view.item.status == "dead"
    guard isDead || view.item.status == "pending" else { return nil }
    let hint =
        isDead
        ? "Tries begin anew, with the channel as it is configured now. Receivers tell repeats by the same id."
        : "Without waiting for its time; what stands before it at the same destination goes first."
    return tag(.form, .class("redeliver"), .action(.notification(view.item.id)), .post) {
        csrfField(view.session)
        tag(.button, .class("quiet"), .type("submit"), .name("action"), .value("resend"), text: isDead ? "Send again" : "Try now")
        tag(.p, .class("hint"), text: hint)
    }
}
