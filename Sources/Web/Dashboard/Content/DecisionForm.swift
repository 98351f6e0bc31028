internal import Model

/// The form that decides: reason (if it takes one), Approve, Deny, in this order.
///
/// The reason is a text area, not a one-line field: Enter in a one-line field presses the form's first button, and whoever writes why they
/// deny must not approve by it (HTML standard, section 4.10.21.2, implicit submission).
func decisionForm(_ item: ApprovalView, action: SitePath, session: SessionView?, takesReason: Bool = true) -> HTML {
    let reason = "reason-" + item.id
    return tag(.form, .class("decision"), .action(action), .post) {
        session.map(csrfField)
        if takesReason {
            tag(.label, .for(reason)) {
                "Reason "
                tag(.span, .class("hint"), text: "(optional)")
            }
            tag(.textarea, .id(reason), .name("reason"), .rows(2), .maxLength(1000), .autocomplete("off"))
        }
        tag(.div, .class(item.approval.missed.count > 1 ? "buttons three" : "buttons")) {
            decisionButton("approve", item.approval.missed.isEmpty ? "Approve" : "Run once", of: item)
            if item.approval.missed.count > 1 { decisionButton("approve-all", "Run all \(grouped(item.approval.missed.count)) missed", of: item) }
            decisionButton("deny", item.approval.missed.isEmpty ? "Deny" : "Drop", of: item)
        }
    }
}

private func decisionButton(_ value: StaticString, _ text: String, of item: ApprovalView) -> HTML {
    tag(
        .button, .class("\(value)" == "approve-all" ? "approve" : "\(value)"), .type("submit"), .name("decision"), .value("\(value)"),
        .label("\(text) \(item.approval.endpoint)"), text: text)
}

/// What the buttons do.
func decisionHint(_ item: ApprovalView) -> String {
    switch item.approval.missed.count {
    case 0: "Approve runs it once, exactly as shown. Deny ends it. Either is final."
    case 1: "Run once runs it, exactly as shown. Drop runs nothing. Either is final."
    default: "What runs is exactly what is shown. Drop runs nothing. Each is final."
    }
}

/// For how many fires of a schedule the approval stands.
private func missedFires(_ approval: Approval) -> HTML {
    group {
        if let first = approval.missed.first, let last = approval.missed.last {
            tag(.div, .class("notice warn")) {
                tag(.strong, text: approval.missed.count == 1 ? "A fire was missed. " : "\(approval.missed.count) fires were missed. ")
                if approval.missed.count == 1 {
                    "It was planned for "
                    timeTag(first)
                    ". Run the command now, or drop it."
                } else {
                    "They were planned from "
                    timeTag(first)
                    " to "
                    timeTag(last)
                    ". Run the command once, once for each of them, or drop them."
                }
            }
        } else if approval.fires > 1 {
            tag(.div, .class("notice warn")) {
                tag(.strong, text: "This stands for \(approval.fires) fires of its schedule. ")
                "The later ones came while it was waiting; the command runs once."
            }
        }
    }
}

/// What an approver must know beside the call itself.
func warnings(_ item: ApprovalView, limits: CallLimits) -> HTML {
    group {
        missedFires(item.approval)
        if item.approval.endpointChanged {
            tag(.div, .class("notice warn")) {
                tag(.strong, text: "This endpoint has changed since the call was made. ")
                "If you approve, the call runs exactly as shown here, not in its new form."
            }
        }
        if limits.cuts(item) {
            tag(.div, .class("notice warn")) {
                tag(.strong, text: "Some of this call is too long to be shown here. ")
                "What is left out is marked. The digest covers all of it."
            }
        }
        for script in item.approval.spec.scripts where script.sha256 == "missing" {
            tag(.div, .class("notice bad")) {
                tag(.strong, text: "A script was not there when the call was made: ")
                tag(.code) { machineText(script.path, limit: limits.word) }
            }
        }
    }
}
