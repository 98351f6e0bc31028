internal import Model

/// `GET /dashboard/schedules`: what fires when, and how it went last.
package func schedulesPage(_ view: SchedulesPageView) -> [UInt8] {
    dashboardPage(title: "Schedules", session: view.session, place: .schedules) {
        tag(.div, .class("title-line")) {
            tag(.h1, text: "Schedules")
            tag(.p, .class("hint")) {
                "As of "
                timeTag(view.now)
                " · "
                tag(.a, .href(.schedules), text: "Refresh")
            }
        }
        noticeBox(view.notice)
        if view.schedules.isEmpty {
            tag(.div, .class("panel empty")) {
                tag(.p, .class("muted"), text: view.isFirstPage ? "Nothing is scheduled." : "No more schedules.")
            }
        } else {
            tag(.table, .class("list schedules")) {
                tag(.caption, .class("visually-hidden"), text: "Schedules with their next fires and last outcomes")
                tag(.thead) {
                    tag(.tr) {
                        for name in ["Schedule", "Fires", "Next", "Last", "Did not run", "State"] { tag(.th, .columnHeader, text: name) }
                    }
                }
                tag(.tbody) { for item in view.schedules { row(item, view) } }
            }
        }
        pager(.schedules, older: view.next, isFirstPage: view.isFirstPage)
    }
}

private func row(_ item: ScheduleView, _ view: SchedulesPageView) -> HTML {
    tag(.tr) {
        tag(.th, .rowHeader, .column("Schedule")) {
            tag(.span, .class("whole")) { personText(item.id, limit: 200) }
            item.place.map { place in tag(.p, .class("hint")) { personText(place, limit: 200) } }
            tag(.p, .class("hint")) { tag(.code) { machineText(item.command, limit: 200) } }
        }
        cell("Fires") {
            tag(.span, .class("whole")) { tag(.code) { machineText(item.timing, limit: 200) } }
            tag(.p, .class("hint"), text: item.timezone)
            if item.catchUp != .none { tag(.p, .class("hint"), text: "catch_up: " + item.catchUp.rawValue) }
            if item.isGated { tag(.p, .class("hint"), text: "asks before each run") }
        }
        cell("Next") {
            if item.upcoming.isEmpty { "—" }
            tag(.ol, .class("plain")) {
                for time in item.upcoming { tag(.li) { timeTag(time) } }
            }
        }
        cell("Last") { last(item, now: view.now) }
        cell("Did not run") {
            if item.skipped.isEmpty { "—" }
            for (reason, count) in item.skipped { tag(.p, text: "\(grouped(count)) \(words(reason, item))") }
        }
        cell("State") { controls(item, view.session) }
    }
}

private func last(_ item: ScheduleView, now: Int64) -> HTML {
    group {
        if let run = item.lastRun {
            tag(.a, .href(.run(run.id))) { badge(run.status) }
        } else if let approval = item.lastApproval {
            tag(.a, .href(.approval(approval.id))) { badge(approval.status) }
        } else {
            "—"
        }
        item.lastFire.map { time in tag(.p, .class("hint")) { timeTag(time, now: now) } }
    }
}

private func controls(_ item: ScheduleView, _ session: SessionView) -> HTML {
    group {
        tag(.p) {
            tag(.strong, text: item.isPaused ? "Paused" : "Active")
            item.pauseReason.map { reason in tag(.span, .class("hint")) { personText(": " + reason, limit: 300) } }
        }
        tag(.div, .class("button-row")) {
            tag(.form, .class("inline"), .action(.schedule(item.id)), .post) {
                csrfField(session)
                button("run", "Run now", of: item)
                if item.isPaused {
                    if !item.isPausedInSettings { button("resume", "Resume", of: item) }
                } else {
                    button("pause", "Pause", of: item)
                }
            }
            tag(.a, .class("button"), .href(.backfill(item.id)), .label("Backfill \(item.id)"), text: "Backfill")
        }
    }
}

private func button(_ value: StaticString, _ text: StaticString, of item: ScheduleView) -> HTML {
    tag(.button, .class("quiet"), .type("submit"), .name("action"), .value("\(value)"), .label("\(text) \(item.id)"), text: "\(text)")
}

/// An approval that waits stands for the fires that come meanwhile.
private func words(_ reason: SkipReason, _ item: ScheduleView) -> String {
    reason == .skippedOverlap && item.lastApproval?.status == .pending ? "counted by a waiting approval" : reason.words
}

extension SkipReason {
    /// Behind a number: "3 missed".
    var words: String {
        switch self {
        case .missed: "missed"
        case .skippedOverlap: "left out beside an open one"
        case .paused: "while paused"
        case .superseded: "superseded"
        case .blackout: "in a blackout"
        case .maxPending: "over the limit of approvals"
        case .invalid: "with settings that cannot work"
        }
    }
}
