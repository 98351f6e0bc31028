internal import Model

/// What the page of a backfill shows.
package struct BackfillPageView: Sendable {
    package var session: SessionView
    package var schedule: String
    package var isGated: Bool
    /// The range as it was typed.
    package var from: String
    package var to: String
    /// What lies in it without a call, microseconds since 1970; nil before a range was named.
    package var fires: [Int64]?
    package var alreadyMade: Int
    package var notice: Notice?

    package init(
        session: SessionView, schedule: String, isGated: Bool, from: String, to: String, fires: [Int64]?, alreadyMade: Int, notice: Notice?
    ) {
        self.session = session
        self.schedule = schedule
        self.isGated = isGated
        self.from = from
        self.to = to
        self.fires = fires
        self.alreadyMade = alreadyMade
        self.notice = notice
    }
}

private let shown = 50

/// `/dashboard/schedules/{id}/backfill`: a range, what lies in it, and the button that makes the calls.
package func backfillPage(_ view: BackfillPageView) -> [UInt8] {
    dashboardPage(title: "Backfill", session: view.session, place: .schedules) {
        noticeBox(view.notice)
        tag(.div, .class("title-line")) {
            tag(.h1) {
                "Make up for fires of "
                personText(view.schedule, limit: 200)
            }
        }
        tag(.form, .class("panel filters"), .action(.backfill(view.schedule)), .get) {
            field("from", "From", view.from)
            field("to", "To, included", view.to)
            tag(.div, .class("filter-buttons")) { tag(.button, .class("quiet"), .type("submit"), text: "Show the fires") }
        }
        if let fires = view.fires { list(fires, view) }
        tag(.p, .class("small-print")) { tag(.a, .href(.schedules), text: "All schedules") }
    }
}

private func field(_ name: StaticString, _ label: String, _ value: String) -> HTML {
    tag(.div) {
        tag(.label, .for("\(name)"), text: label)
        tag(.input, .id("\(name)"), .type("text"), .name(name), .value(value), .maxLength(64), .autocomplete("off"), .noSpellcheck, .required)
    }
}

private func list(_ fires: [Int64], _ view: BackfillPageView) -> HTML {
    tag(.div, .class("panel")) {
        tag(.p) {
            fires.isEmpty ? "No fire in this range is without a call." : "\(grouped(fires.count)) fire\(fires.count == 1 ? "" : "s") without a call:"
        }
        tag(.ol, .class("plain")) {
            for time in fires.prefix(shown) { tag(.li) { timeTag(time) } }
        }
        if fires.count > shown { tag(.p, .class("hint"), text: "and \(grouped(fires.count - shown)) more") }
        if view.alreadyMade > 0 { tag(.p, .class("hint"), text: "\(grouped(view.alreadyMade)) of this range made their calls already.") }
        if !fires.isEmpty {
            tag(.p, .class("hint"), text: view.isGated ? "Each waits for approval before it runs." : "Each runs its command once.")
            tag(.form, .class("inline"), .action(.backfill(view.schedule)), .post) {
                csrfField(view.session)
                tag(.input, .type("hidden"), .name("from"), .value(view.from))
                tag(.input, .type("hidden"), .name("to"), .value(view.to))
                tag(
                    .button, .class("primary"), .type("submit"), .name("confirm"), .value("yes"),
                    text: "Make \(grouped(fires.count)) call\(fires.count == 1 ? "" : "s")")
            }
        }
    }
}
