internal import Model

extension AlertRule {
    /// What it waits for, as a sentence that follows "tells when".
    var occasion: String {
        let count = grouped(effectiveThreshold)
        return switch condition {
        case .failure: "a run fails"
        case .success: "a run succeeds"
        case .always: "a run ends"
        case .consecutiveFailures: effectiveThreshold == 1 ? "a run fails after a success" : "\(count) runs in a row have failed"
        case .recovered: effectiveThreshold == 1 ? "a run succeeds after one that failed" : "a run succeeds after \(count) that failed"
        case .runSlow: "a run takes longer than \(durationText(effectiveThreshold))"
        case .runInterrupted: "a run is cut off by the end of the server"
        case .approvalPending: "an approval waits"
        case .approvalExpiring: "an approval still waits \(durationText(effectiveThreshold)) before its end"
        case .approvalDecided: "an approval is decided"
        case .approvalExpired: "nobody has decided in time"
        case .scheduleMissed: "fires of a schedule were missed"
        case .webhookRejected: "\(count) deliveries are refused within \(durationText(window))"
        }
    }

    /// What holds it back or makes it say more.
    var terms: [String] {
        var terms: [String] = []
        if let holdFor { terms.append("if it still holds after \(durationText(holdFor))") }
        if let repeatInterval { terms.append("again every \(durationText(repeatInterval))") }
        if let groupWait {
            terms.append("collected for \(durationText(groupWait))\(groupBy.isEmpty ? "" : " by \(groupBy.joined(separator: ", "))")")
        }
        if let throttle { terms.append("at most one message in \(durationText(throttle))") }
        if burst != AlertRule().burst { terms.append("together above \(grouped(burst)) messages a minute") }
        if !quietHours.isEmpty { terms.append("not during \(quietHours.joined(separator: "; "))\(timezone.map { ", \($0)" } ?? "")") }
        return terms
    }
}

extension AlertTarget {
    /// As people may see it.
    var words: String {
        switch self {
        case .channel(let name): name
        case .direct(let kind, let destination): "\(kind.rawValue): \(shownDestination(destination))"
        }
    }
}

/// What a notification is, for its heading and the list.
func kindWords(_ kind: String) -> String {
    switch kind {
    case "alert": "Alert"
    case "notify": "notify_url"
    case "callback": "Callback"
    case "test": "Test"
    case "reply": "Answer to Slack"
    default: kind
    }
}

func badge(notification status: String) -> HTML {
    let word =
        switch status {
        case "pending": "To be sent"
        case "waiting": "Waiting"
        case "sent": "Sent"
        case "dead": "Dead"
        case "silenced": "Silenced"
        default: status
        }
    return tag(.span, .class("badge " + notificationClass(status)), text: word)
}

/// Of the style sheet's classes the one that fits; never a text from outside.
func notificationClass(_ status: String) -> String {
    switch status {
    case "pending": "pending"
    case "waiting": "queued"
    case "sent": "succeeded"
    case "dead": "failed"
    default: "cancelled"
    }
}
