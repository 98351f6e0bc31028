internal import Model

/// `GET /dashboard/alerts`: the rules that say who is told what, and the times in which nobody is.
package func alertsPage(_ view: AlertsPageView) -> [UInt8] {
    dashboardPage(title: "Alerts", session: view.session, place: .alerts) {
        tag(.div, .class("title-line")) {
            tag(.h1, text: "Alerts")
            tag(.p, .class("hint")) {
                "As of "
                timeTag(view.now)
                " · "
                tag(.a, .href(.alerts), text: "Refresh")
            }
        }
        noticeBox(view.notice)
        tag(.section, .labelled(by: "rules")) {
            tag(.h2, .id("rules"), text: "Rules")
            if view.rules.isEmpty { nothing } else { rules(view) }
        }
        tag(.section, .labelled(by: "silences")) {
            tag(.h2, .id("silences"), text: "Silences")
            silences(view)
            silenceForm(view.session)
        }
    }
}

private var nothing: HTML {
    tag(.div, .class("panel empty")) {
        tag(.p, text: "There is no rule, so nobody is told anything.")
        tag(.p, .class("muted")) {
            "Rules stand under "
            tag(.code, text: "alerts:")
            " in the configuration file, or are made with "
            tag(.code, text: "sluice alerts create")
            "."
        }
    }
}

private func rules(_ view: AlertsPageView) -> HTML {
    tag(.table, .class("list rules")) {
        tag(.caption, .class("visually-hidden"), text: "Alert rules")
        tag(.thead) {
            tag(.tr) { for name in ["Rule", "Tells when", "Endpoints", "Where", "State"] { tag(.th, .columnHeader, text: name) } }
        }
        tag(.tbody) { for item in view.rules { row(item, view.session) } }
    }
}

private func row(_ item: AlertRuleView, _ session: SessionView) -> HTML {
    let rule = item.rule
    return tag(.tr) {
        tag(.th, .rowHeader, .column("Rule")) {
            tag(.span, .class("whole")) { personText(rule.name, limit: 200) }
            tag(.p, .class("hint"), text: item.isOfFile ? "of the file" : "of the API")
        }
        cell("Tells when") {
            tag(.p, text: rule.occasion)
            rule.when.map { condition in tag(.p) { tag(.code) { machineText(condition, limit: 500) } } }
            for term in rule.terms { tag(.p, .class("hint")) { personText(term, limit: 500) } }
            item.problem.map { problem in
                tag(.p) {
                    tag(.strong, .class("bad"), text: "It cannot serve: ")
                    personText(problem, limit: 500)
                }
            }
            for warning in item.warnings {
                tag(.p) {
                    tag(.strong, .class("caution"), text: "Warning: ")
                    personText(warning, limit: 1000)
                }
            }
        }
        cell("Endpoints") { if let endpoint = rule.endpoint { tag(.code) { machineText(endpoint, limit: 200) } } else { "all" } }
        cell("Where") {
            for target in rule.targets { tag(.p) { personText(target.words, limit: 300) } }
            for step in rule.escalations {
                let places = step.targets.map(\.words).joined(separator: ", ")
                tag(.p, .class("hint")) { personText("after \(durationText(step.after)): \(places)", limit: 500) }
            }
        }
        cell("State") {
            tag(.p) { tag(.strong, text: item.problem != nil ? "Broken" : rule.isEnabled ? "Enabled" : "Disabled") }
            if let said = item.enabledInFile { tag(.p, .class("hint"), text: "switched here; the file says \(said ? "enabled" : "disabled")") }
            tag(.form, .class("inline"), .action(.alerts), .post) {
                csrfField(session)
                tag(.input, .type("hidden"), .name("rule"), .value(rule.name))
                button(rule.isEnabled ? "disable" : "enable", rule.isEnabled ? "Disable" : "Enable", rule)
                if item.enabledInFile != nil { button("reset", "As in the file", rule) }
                button("test", "Test", rule)
                if !item.isOfFile {
                    let question = SitePath.deleteRule.query("rule", rule.name)
                    tag(.a, .class("button"), .href(question), .label("Delete \(rule.name)"), text: "Delete")
                }
            }
            tag(.p, .class("hint")) { tag(.a, .href(SitePath.notifications.query("rule", rule.name)), text: "What it told") }
        }
    }
}

private func button(_ value: String, _ text: String, _ rule: AlertRule) -> HTML {
    tag(.button, .class("quiet"), .type("submit"), .name("action"), .value(value), .label("\(text) \(rule.name)"), text: text)
}

// MARK: Silences

private func silences(_ view: AlertsPageView) -> HTML {
    if view.silences.isEmpty { return tag(.p, .class("muted"), text: "Nothing is silenced.") }
    return group {
        tag(.table, .class("list")) {
            tag(.caption, .class("visually-hidden"), text: "Silences that hold")
            tag(.thead) {
                tag(.tr) { for name in ["Rules", "Endpoints", "Reason", "By", "Until", ""] { tag(.th, .columnHeader, text: name) } }
            }
            tag(.tbody) { for item in view.silences { row(item, view) } }
        }
        if view.areSilencesCut { tag(.p, .class("hint"), text: "There are more: sluice silences list --all") }
    }
}

private func row(_ item: SilenceView, _ view: AlertsPageView) -> HTML {
    tag(.tr) {
        tag(.th, .rowHeader, .column("Rules")) { pattern(item.rule) }
        cell("Endpoints") { pattern(item.endpoint) }
        cell("Reason") { tag(.span, .class("whole")) { personText(item.reason, limit: 1000) } }
        cell("By") {
            personText(item.author, limit: 200)
            tag(.p, .class("hint")) { timeTag(item.createdAt, now: view.now) }
        }
        cell("Until") { timeTag(item.until, now: view.now) }
        cell("") {
            tag(.form, .class("inline"), .action(.silences), .post) {
                csrfField(view.session)
                tag(.input, .type("hidden"), .name("silence"), .value(item.id))
                tag(
                    .button, .class("quiet"), .type("submit"), .name("action"), .value("end"),
                    .label("End the silence of \(item.rule ?? "all rules")"), text: "End")
            }
        }
    }
}

private func pattern(_ text: String?) -> HTML {
    if let text { tag(.code) { machineText(text, limit: 200) } } else { .text("all") }
}

private func silenceForm(_ session: SessionView) -> HTML {
    tag(.form, .class("panel silence-form"), .action(.silences), .post, .labelled(by: "new-silence")) {
        tag(.h3, .id("new-silence"), text: "Silence something")
        tag(.p, .class("hint"), text: "What is silenced is not sent, also not later; it stands in the log of notifications.")
        csrfField(session)
        tag(.div, .class("filters")) {
            input("rule", "Rules (name or pattern; empty: all)", "silence-rule")
            input("endpoint", "Endpoints (name or pattern; empty: all)", "silence-endpoint")
            tag(.div) {
                tag(.label, .for("silence-duration"), text: "For")
                tag(
                    .input, .id("silence-duration"), .type("text"), .name("duration"), .value("2h"), .autocomplete("off"), .noSpellcheck, .required,
                    .title("Such as 30m, 2h or 1d"))
            }
            tag(.div) {
                tag(.label, .for("silence-reason"), text: "Reason")
                tag(.input, .id("silence-reason"), .type("text"), .name("reason"), .autocomplete("off"), .maxLength(1000), .required)
            }
            tag(.div, .class("filter-buttons")) {
                tag(.button, .class("quiet"), .type("submit"), .name("action"), .value("add"), text: "Silence")
            }
        }
    }
}

private func input(_ name: StaticString, _ title: String, _ id: String) -> HTML {
    tag(.div) {
        tag(.label, .for(id), text: title)
        tag(.input, .id(id), .type("text"), .name(name), .autocomplete("off"), .noSpellcheck, .maxLength(200))
    }
}
