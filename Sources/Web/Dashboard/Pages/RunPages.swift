internal import Model

/// `GET /dashboard/runs`: what ran, the newest first.
package func runsPage(_ view: RunsPageView) -> [UInt8] {
    dashboardPage(title: "Runs", session: view.session, place: .runs) {
        tag(.div, .class("title-line")) {
            tag(.h1, text: "Runs")
            tag(.p, .class("hint")) {
                "As of "
                timeTag(view.now)
                " · "
                tag(.a, .href(SitePath.runs.of(endpoint: view.endpoint)), text: "Refresh")
            }
        }
        endpointLine(view.endpoint, all: .runs)
        if view.runs.isEmpty {
            tag(.div, .class("panel empty")) {
                tag(
                    .p, .class("muted"),
                    text: view.isFirstPage ? "Nothing has run yet. Approved calls and those without a gate appear here." : "Nothing older.")
            }
        } else {
            tag(.table, .class("list")) {
                tag(.caption, .class("visually-hidden"), text: "Runs, the newest first")
                tag(.thead) {
                    tag(.tr) {
                        for name in ["Endpoint", "Status", "Asked by", "Queued", "Took", "Exit code"] {
                            tag(.th, .columnHeader, text: name)
                        }
                    }
                }
                tag(.tbody) { for item in view.runs { row(item, now: view.now) } }
            }
        }
        pager(SitePath.runs.of(endpoint: view.endpoint), older: view.older, isFirstPage: view.isFirstPage)
    }
}

private func row(_ item: RunView, now: Int64) -> HTML {
    let run = item.run
    return tag(.tr) {
        tag(.th, .rowHeader, .column("Endpoint")) { tag(.a, .href(.run(item.id))) { personText(run.endpoint, limit: 200) } }
        cell("Status") { badge(run.status) }
        cell("Asked by") {
            personText(run.origin.requestedBy, limit: 200)
            tag(.span, .class("hint"), text: " " + sourceName(run.origin.source))
        }
        cell("Queued") { timeTag(run.queuedAt, now: now) }
        cell("Took") { run.durationMicroseconds.map(runDuration) ?? "—" }
        cell("Exit code") { run.exitCode.map { String($0) } ?? "—" }
    }
}

/// `GET /dashboard/runs/{id}`: one run with its output.
package func runPage(_ view: RunPageView) -> [UInt8] {
    let run = view.item.run
    return dashboardPage(title: run.status.word + ": " + run.endpoint, session: view.session, place: .runs) {
        tag(.section, .class("panel outcome " + run.status.rawValue)) {
            tag(.p, .class("eyebrow"), text: "Run")
            tag(.h1) {
                personText(run.endpoint)
                " "
                badge(run.status)
            }
            tag(.p, .class("lead"), text: run.status.explanation)
            runFields(view)
        }
        tag(.section, .class("panel")) {
            tag(.h2) {
                "Output"
                tag(.span, .class("hint"), text: view.output.isEmpty ? "" : " \(grouped(view.output.count)) bytes")
            }
            if view.output.isEmpty {
                tag(.p, .class("muted"), text: run.status.isFinished ? "The command wrote nothing." : "It is kept when the run is over.")
            } else {
                outputBlock(view.output, limit: 1 << 20, label: "Output")
            }
            if run.cutBytes > 0 {
                tag(.p, .class("cut-note")) {
                    tag(.span, .class("cut"), text: "\(grouped(run.cutBytes)) bytes of output were over the limit and not kept")
                }
            }
        }
    }
}

private func runFields(_ view: RunPageView) -> HTML {
    let run = view.item.run
    return tag(.dl, .class("fields")) {
        if let error = run.error { field("Error") { tag(.strong) { personText(error) } } }
        if let code = run.exitCode { field("Exit code") { String(code) } }
        if let duration = run.durationMicroseconds { field("Took") { runDuration(duration) } }
        field("Command") { tag(.code) { machineText(run.command, limit: 16 << 10) } }
        field("Asked by") {
            personText(run.origin.requestedBy)
            tag(.span, .class("hint"), text: " " + sourceName(run.origin.source))
        }
        field("Queued") { timeTag(run.queuedAt, now: view.now) }
        if let started = run.startedAt { field("Started") { timeTag(started, now: view.now) } }
        if let finished = run.finishedAt { field("Ended") { timeTag(finished, now: view.now) } }
        if let approval = view.item.approvalID {
            field("Approval") { tag(.a, .href(.approval(approval))) { tag(.code, text: approval) } }
        } else if !run.wasGated {
            field("Approval") { tag(.span, .class("muted"), text: "not needed: the endpoint has no gate") }
        }
        field("Run id") { tag(.code, text: view.item.id) }
    }
}
