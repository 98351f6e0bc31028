internal import Model

/// `GET /dashboard/deliveries/{id}`: one delivery with its headers and its body.
package func deliveryPage(_ view: DeliveryPageView) -> [UInt8] {
    let item = view.item
    return dashboardPage(title: "Delivery to " + item.endpoint, session: view.session, place: .deliveries) {
        noticeBox(view.notice)
        tag(.section, .class("panel outcome " + item.verdict.rawValue)) {
            tag(.p, .class("eyebrow"), text: "Delivery")
            tag(.h1) {
                personText(item.endpoint)
                " "
                badge(item.verdict)
            }
            tag(.p, .class("lead"), text: explanation(item))
            fields(view)
            redeliverForm(view)
        }
        headersPanel(view)
        tag(.section, .class("panel")) {
            tag(.h2) {
                "Body"
                tag(.span, .class("hint"), text: item.size.map { " \(grouped($0)) bytes, as they came" } ?? "")
            }
            if let size = item.size {
                bodyBlock(view.body, size: size, limit: CallLimits.full.body, label: "Body")
            } else {
                tag(.p, .class("muted"), text: "The body is no longer kept: it went to make room.")
            }
        }
    }
}

private func explanation(_ item: DeliveryView) -> String {
    switch item.verdict {
    case .accepted where item.approvalID != nil: "It made a call, which " + fate(item.approvalStatus)
    case .accepted where item.runID != nil: "It made a call, which ran or will run."
    case .accepted: "It made a call, which is beyond the retention by now."
    case .ignored where item.matchedSecret == nil: "The endpoint's rules leave it out. Nothing ran."
    case .ignored: "Its signature held, but the endpoint's rules leave it out. Nothing ran."
    }
}

private func fate(_ status: ApprovalStatus?) -> String {
    switch status {
    case .pending: "waits for approval."
    case .approved: "was approved."
    case .denied: "was denied and did not run."
    case .expired: "nobody decided about in time."
    case .cancelled: "was cancelled before anyone decided."
    case .superseded: "a newer call took the place of."
    case .stale: "was approved but not run: a part of it had changed by then."
    case nil: "asked for approval."
    }
}

private func fields(_ view: DeliveryPageView) -> HTML {
    let item = view.item
    return tag(.dl, .class("fields")) {
        field("Source") { machineText(item.source, limit: 200) }
        if let event = item.event { field("Event") { machineText(event, limit: 4 << 10) } }
        if let id = item.senderID { field("Sender's id") { tag(.code) { machineText(id, limit: 4 << 10) } } }
        if let reason = item.reason { field("Left out by") { tag(.code) { machineText(reason, limit: 8 << 10) } } }
        field("Received") { timeTag(item.receivedAt, now: view.now) }
        field("From") { machineText(item.peer, limit: 200) }
        if item.seen > 1 {
            field("Came") {
                "\(grouped(item.seen)) times, the last "
                timeTag(item.lastSeenAt, now: view.now)
                tag(.span, .class("hint"), text: "; repeats start nothing")
            }
        }
        if let number = item.matchedSecret { field("Verified with") { "secret \(number) of the endpoint" } }
        if let time = item.verifyMicroseconds { field("Checked in") { "\(grouped(Int(time))) µs" } }
        if let by = item.requestedBy { field("Asked by") { personText(by) } }
        if let former = item.redeliveryOf { field("Repeats") { tag(.a, .href(.delivery(former))) { tag(.code, text: former) } } }
        if !view.redeliveredAs.isEmpty {
            field("Redelivered as") {
                for id in view.redeliveredAs { tag(.p) { tag(.a, .href(.delivery(id))) { tag(.code, text: id) } } }
            }
        }
        if let approval = item.approvalID { field("Approval") { tag(.a, .href(.approval(approval))) { tag(.code, text: approval) } } }
        if let run = item.runID { field("Run") { tag(.a, .href(.run(run))) { tag(.code, text: run) } } }
        field("Delivery id") { tag(.code, text: item.id) }
    }
}

private func redeliverForm(_ view: DeliveryPageView) -> HTML? {
    guard view.item.size != nil else { return nil }
    return tag(.form, .class("redeliver"), .action(.delivery(view.item.id)), .post) {
        csrfField(view.session)
        tag(.button, .class("quiet"), .type("submit"), .name("action"), .value("redeliver"), text: "Redeliver")
        tag(
            .p, .class("hint"),
            text: "Makes a new delivery from the stored body, under the endpoint's rules of now. A gated endpoint asks first; others run at once.")
    }
}

private func headersPanel(_ view: DeliveryPageView) -> HTML {
    tag(.section, .class("panel")) {
        if view.headers.isEmpty {
            tag(.h2, text: "Headers")
            tag(.p, .class("muted"), text: "None were kept.")
        } else {
            tag(.table, .class("pairs header-fields")) {
                tag(.caption) { tag(.h2, text: "Headers") }
                tag(.thead) {
                    tag(.tr) {
                        tag(.th, .columnHeader, text: "Name")
                        tag(.th, .columnHeader, text: "Value")
                    }
                }
                tag(.tbody) {
                    for header in view.headers {
                        tag(.tr) {
                            tag(.th, .rowHeader) { machineText(header.name, limit: 4 << 10) }
                            tag(.td) { tag(.code) { machineText(header.value, limit: 8 << 10) } }
                        }
                    }
                }
            }
            tag(.p, .class("hint"), text: "Signatures, tokens and cookies are masked before they are stored.")
        }
        if view.areHeadersCut { tag(.p, .class("cut-note")) { tag(.span, .class("cut"), text: "more headers were not kept") } }
    }
}

/// `GET /dashboard/deliveries/rejected`: attempts that were refused.
package func rejectionsPage(_ view: RejectionsPageView) -> [UInt8] {
    dashboardPage(title: "Refused attempts", session: view.session, place: .deliveries) {
        deliveriesTitle("Refused attempts", isRejected: true, now: view.now)
        tag(.form, .class("panel filters"), .action(.rejectedDeliveries), .get, .label("Filter")) {
            textFilter("endpoint", "Endpoint", view.endpoint)
            tag(.div, .class("filter-buttons")) { tag(.button, .class("quiet"), .type("submit"), text: "Filter") }
        }
        if view.rejections.isEmpty {
            tag(.div, .class("panel empty")) {
                tag(.p, .class("muted"), text: view.isFirstPage ? "Nothing was refused." : "Nothing older.")
            }
        } else {
            tag(.table, .class("list")) {
                tag(.caption, .class("visually-hidden"), text: "Refused attempts, the newest first")
                tag(.thead) {
                    tag(.tr) { for name in ["Endpoint", "Reason", "Status", "From", "Claimed id", "When"] { tag(.th, .columnHeader, text: name) } }
                }
                tag(.tbody) { for item in view.rejections { row(item, now: view.now) } }
            }
        }
        pager(
            view.endpoint.isEmpty ? .rejectedDeliveries : SitePath.rejectedDeliveries.query("endpoint", view.endpoint), older: view.older,
            isFirstPage: view.isFirstPage)
    }
}

private func row(_ item: RejectionView, now: Int64) -> HTML {
    tag(.tr) {
        tag(.th, .rowHeader, .column("Endpoint")) { personText(item.endpoint, limit: 200) }
        cell("Reason") { machineText(item.reason, limit: 1000) }
        cell("Status") { String(item.status) }
        cell("From") { machineText(item.peer, limit: 200) }
        cell("Claimed id") { if let id = item.senderID { tag(.code) { machineText(id, limit: 200) } } else { "—" } }
        cell("When") { timeTag(item.receivedAt, now: now) }
    }
}
