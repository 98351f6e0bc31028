internal import Model
internal import Store

extension ContentWriter {
    /// What a test of a rule tells: the parts that its messages have, marked as a test, deciding nothing.
    func testContent(of row: NotificationRow, now: Int64) -> NotificationContent? {
        guard let condition = row.condition.flatMap(AlertCondition.init) else { return nil }
        let endpoint = row.rule.flatMap { book.current.entry($0)?.rule.endpoint } ?? "example"
        var content = NotificationContent(
            messageID: keyring.uuid(.notification, row.id), rule: row.rule, condition: condition, title: "", at: row.createdAt, now: now)
        content.isTest = true
        content.endpoint = endpoint
        content.escalation = AlertData(json: row.data).step
        content.pageURL = "\(baseURL())/dashboard/alerts"
        let happening = Happening(
            condition, at: row.createdAt, endpointID: nil, endpoint: endpoint, event: nil, call: nil, store: store)
        switch condition {
        case .scheduleMissed:
            content.missed = .init(schedule: "", count: 1, first: row.createdAt, last: row.createdAt, reason: SkipReason.missed.rawValue)
        case .webhookRejected:
            content.rejected = .init(count: 1, windowSeconds: 300, lastStatus: 401, lastReason: "this is a test: nothing was refused")
        case _ where condition.tellsOfRun:
            let isGood = condition == .success || condition == .recovered || condition == .always
            var part = NotificationContent.RunPart(
                id: content.messageID, status: isGood ? .succeeded : .failed, source: .api, requestedBy: "a test", command: "true")
            part.exitCode = isGood ? 0 : 1
            part.durationMilliseconds = 0
            let threshold = row.rule.flatMap { book.current.entry($0)?.rule.effectiveThreshold } ?? 1
            part.failures = condition == .consecutiveFailures || condition == .recovered ? threshold : nil
            content.run = part
        default:
            let status: ApprovalStatus = condition == .approvalDecided ? .approved : condition == .approvalExpired ? .expired : .pending
            content.approval = .init(
                id: content.messageID, status: status, requestedBy: "a test", source: .api, command: "true",
                digest: String(repeating: "0", count: 64), expiresAt: now + 1_800_000_000)
        }
        (content.title, content.severity) = happening.title(content, AlertData())
        if let text = row.rule.flatMap({ book.current.entry($0)?.rule.text }) {
            var facts = AlertFacts()
            (facts.endpoint, facts.condition, facts.requestedBy, facts.source) = (endpoint, condition.rawValue, "a test", CallSource.api.rawValue)
            (facts.status, facts.exitCode) = (content.run?.status.rawValue ?? content.approval?.status.rawValue, content.run?.exitCode)
            content.title = facts.fill(text)
        }
        return content
    }
}
