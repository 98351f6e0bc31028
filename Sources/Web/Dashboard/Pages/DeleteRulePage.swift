internal import Model

package struct DeleteRulePageView: Sendable {
    package var session: SessionView
    package var item: AlertRuleView

    package init(session: SessionView, item: AlertRuleView) {
        self.session = session
        self.item = item
    }
}

/// `GET /dashboard/alerts/delete?rule=NAME`: what would go, and the button that ends it.
package func deleteRulePage(_ view: DeleteRulePageView) -> [UInt8] {
    let rule = view.item.rule
    return dashboardPage(title: "Delete a rule", session: view.session, place: .alerts) {
        tag(.div, .class("title-line")) {
            tag(.h1) {
                "Delete "
                personText(rule.name, limit: 200)
                "?"
            }
        }
        tag(.div, .class("panel")) {
            tag(.dl, .class("fields")) {
                field("Tells when") { rule.occasion }
                if let when = rule.when { field("If") { tag(.code) { machineText(when, limit: 500) } } }
                field("Endpoints") { if let endpoint = rule.endpoint { tag(.code) { machineText(endpoint, limit: 200) } } else { "all" } }
                field("Where") { for target in rule.targets { tag(.p) { personText(target.words, limit: 300) } } }
            }
            tag(.form, .class("redeliver"), .action(.alerts), .post) {
                csrfField(view.session)
                tag(.input, .type("hidden"), .name("rule"), .value(rule.name))
                tag(.input, .type("hidden"), .name("confirm"), .value("yes"))
                tag(.button, .class("deny"), .type("submit"), .name("action"), .value("delete"), text: "Delete the rule")
                tag(
                    .p, .class("hint"),
                    text: "It cannot be brought back, and where it tells is kept nowhere else. What it told stays in the log; what waits for its "
                        + "time is not sent. To have it tell nothing for now, disable it.")
            }
        }
        tag(.p, .class("small-print")) { tag(.a, .href(.alerts), text: "All alerts") }
    }
}
