internal import Model

/// `GET /dashboard/deliveries`: what senders sent, the newest first.
package func deliveriesPage(_ view: DeliveriesPageView) -> [UInt8] {
    dashboardPage(title: "Deliveries", session: view.session, place: .deliveries) {
        deliveriesTitle("Deliveries", isRejected: false, now: view.now)
        noticeBox(view.notice)
        filterForm(view.filter)
        if view.deliveries.isEmpty {
            tag(.div, .class("panel empty")) { tag(.p, .class("muted"), text: nothing(view)) }
        } else {
            tag(.table, .class("list")) {
                tag(.caption, .class("visually-hidden"), text: "Deliveries, the newest first")
                tag(.thead) {
                    tag(.tr) {
                        for name in ["Endpoint", "Verdict", "Event", "Sender's id", "Received", "Led to"] { tag(.th, .columnHeader, text: name) }
                    }
                }
                tag(.tbody) { for item in view.deliveries { row(item, now: view.now) } }
            }
        }
        pager(view.filter.parameters.reduce(.deliveries) { $0.query($1.name, $1.value) }, older: view.older, isFirstPage: view.isFirstPage)
    }
}

private func nothing(_ view: DeliveriesPageView) -> String {
    if view.older != nil { return "None of the deliveries looked at fit. There are older ones." }
    if !view.filter.isEmpty { return "No delivery fits." }
    return view.isFirstPage ? "No webhook has sent anything yet." : "Nothing older."
}

/// Title, and the way between what was taken and what was refused.
func deliveriesTitle(_ title: String, isRejected: Bool, now: Int64) -> HTML {
    tag(.div, .class("title-line")) {
        tag(.h1, text: title)
        tag(.p, .class("hint")) {
            "As of "
            timeTag(now)
            " · "
            tag(.a, .href(isRejected ? .rejectedDeliveries : .deliveries), text: "Refresh")
            " · "
            if isRejected {
                tag(.a, .href(.deliveries), text: "Deliveries that were taken")
            } else {
                tag(.a, .href(.rejectedDeliveries), text: "Refused attempts")
            }
        }
    }
}

/// Sent as the query of the same page, so that it works without a script and can be kept as a bookmark.
private func filterForm(_ filter: DeliveryFilterView) -> HTML {
    tag(.form, .class("panel filters"), .action(.deliveries), .get, .label("Filter")) {
        textFilter("endpoint", "Endpoint", filter.endpoint)
        textFilter("event", "Event", filter.event)
        textFilter("source", "Source", filter.source)
        tag(.div) {
            tag(.label, .for("filter-verdict"), text: "Verdict")
            tag(.select, .id("filter-verdict"), .name("verdict")) {
                option("", "any", isSelected: filter.verdict == nil)
                for verdict in DeliveryVerdict.allCases { option(verdict.rawValue, verdict.rawValue, isSelected: filter.verdict == verdict) }
            }
        }
        textFilter("delivery_id", "Sender's id", filter.senderID)
        textFilter("since", "Since, as 2026-11-23", filter.since)
        textFilter("until", "Before", filter.until)
        tag(.div, .class("filter-buttons")) {
            tag(.button, .class("quiet"), .type("submit"), text: "Filter")
            if !filter.isEmpty { tag(.a, .href(.deliveries), text: "Show all") }
        }
    }
}

func textFilter(_ name: StaticString, _ title: String, _ value: String) -> HTML {
    tag(.div) {
        tag(.label, .for("filter-\(name)"), text: title)
        tag(.input, .id("filter-\(name)"), .type("text"), .name(name), .value(value), .autocomplete("off"), .noSpellcheck)
    }
}

func option(_ value: String, _ text: String, isSelected: Bool) -> HTML {
    isSelected ? tag(.option, .value(value), .selected, text: text) : tag(.option, .value(value), text: text)
}

private func row(_ item: DeliveryView, now: Int64) -> HTML {
    tag(.tr) {
        tag(.th, .rowHeader, .column("Endpoint")) {
            tag(.a, .href(.delivery(item.id))) { personText(item.endpoint, limit: 200) }
            tag(.p, .class("hint")) { machineText(item.source, limit: 60) }
        }
        cell("Verdict") {
            badge(item.verdict)
            if item.seen > 1 { tag(.p, .class("hint"), text: "came \(grouped(item.seen)) times") }
            if item.redeliveryOf != nil { tag(.p, .class("hint"), text: "redelivered") }
        }
        cell("Event") { if let event = item.event { machineText(event, limit: 200) } else { "—" } }
        cell("Sender's id") { if let id = item.senderID { tag(.code) { machineText(id, limit: 200) } } else { "—" } }
        cell("Received") { timeTag(item.receivedAt, now: now) }
        cell("Led to") { ledTo(item) }
    }
}

/// Links to the approval and the run.
func ledTo(_ item: DeliveryView) -> HTML {
    group {
        if let approval = item.approvalID { tag(.a, .href(.approval(approval)), text: "Approval") }
        if item.approvalID != nil, item.runID != nil { " · " }
        if let run = item.runID { tag(.a, .href(.run(run)), text: "Run") }
        if item.approvalID == nil, item.runID == nil { "—" }
    }
}

func badge(_ verdict: DeliveryVerdict) -> HTML {
    tag(.span, .class("badge " + verdict.rawValue), text: verdict == .accepted ? "Accepted" : "Ignored")
}
