internal import Bytes
internal import CommandLine
package import Model
package import Store

/// Reads what a message is to tell: the approval or run as it is now, which may be more than the event knew.
package struct ContentWriter: Sendable {
    let store: Store
    let keyring: Keyring
    let book: AlertBook
    /// `https://host` of this server, without a slash at the end.
    let baseURL: @Sendable () -> String

    package init(store: Store, keyring: Keyring, book: AlertBook, baseURL: @escaping @Sendable () -> String) {
        self.store = store
        self.keyring = keyring
        self.book = book
        self.baseURL = baseURL
    }

    private static let bodyLimit = 2048
    private static let outputLimit = 64 << 10

    /// The content of a row of a rule or of an endpoint's `notify_url`.
    /// - Returns: nil when what it tells of is not kept any more.
    func content(of row: NotificationRow, now: Int64) throws -> NotificationContent? {
        guard let condition = row.condition.flatMap(AlertCondition.init) else { return nil }
        let data = AlertData(json: row.data)
        let rule = row.rule.flatMap { book.current.entry($0)?.rule }
        let happening = Happening(
            condition, at: row.event?.at ?? row.createdAt, endpointID: row.endpointID, endpoint: row.endpoint, event: row.event, call: row.call,
            store: store)
        var content = NotificationContent(
            messageID: keyring.uuid(.notification, row.id), rule: row.rule, condition: condition, title: "", at: happening.at, now: now)
        content.endpoint = row.endpoint
        content.reminder = data.reminder
        content.escalation = data.step
        if let digest = data.digest {
            add(digest, rule, to: &content)
            return content
        }
        guard try add(happening, data, to: &content) else { return nil }
        let usual = happening.title(content, data)
        content.title = try rule?.text.map { try happening.facts(data).fill($0) } ?? usual.title
        // What is told because time has passed is told of now.
        if condition == .runSlow || condition == .approvalExpiring { content.at = row.createdAt }
        content.severity = usual.severity
        return content
    }

    /// The first line of a notification as it would be written now; nil for callbacks, for answers to Slack, and where nothing is left to tell.
    package func title(of row: NotificationRow, now: Int64) throws -> String? {
        switch row.kind {
        case .alert, .notify: try content(of: row, now: now)?.title
        case .test: testContent(of: row, now: now)?.title
        case .callback, .reply: nil
        }
    }

    /// The content of an approval as it is now, for whoever shows a message about it anew.
    package func content(ofApproval id: Int64, condition: AlertCondition, at now: Int64) throws -> NotificationContent? {
        guard let approval = try store.approval(id) else { return nil }
        let happening = Happening(
            condition, at: approval.requestedAt, endpointID: nil, endpoint: approval.endpoint, event: nil, call: id, store: store)
        var content = NotificationContent(
            messageID: keyring.uuid(.approval, id), rule: nil, condition: condition, title: "", at: approval.requestedAt, now: now)
        content.endpoint = approval.endpoint
        content.approval = try part(approval)
        content.pageURL = "\(baseURL())/dashboard/approvals/\(keyring.uuid(.approval, id))"
        (content.title, content.severity) = happening.title(content, AlertData())
        return content
    }

    // MARK: Parts

    /// False when the call is gone.
    private func add(_ happening: Happening, _ data: AlertData, to content: inout NotificationContent) throws -> Bool {
        if let refused = data.refused {
            content.rejected = .init(
                count: refused.count, windowSeconds: refused.window, lastStatus: refused.status, lastReason: refused.reason)
            content.pageURL = "\(baseURL())/dashboard/deliveries/rejected" + query("endpoint", happening.endpoint)
            return true
        }
        if happening.condition == .scheduleMissed {
            guard let (schedule, fires) = try happening.fires() else { return false }
            content.missed = .init(schedule: schedule, count: fires.count, first: fires.first, last: fires.last, reason: fires.reason.rawValue)
            content.pageURL = "\(baseURL())/dashboard/schedules"
            return true
        }
        guard let call = happening.call else { return false }
        if happening.condition.tellsOfRun {
            guard let run = try happening.run() else { return false }
            content.run = try part(run, data, condition: happening.condition)
            content.pageURL = "\(baseURL())/dashboard/runs/\(keyring.uuid(.run, call))"
        } else {
            guard let approval = try happening.approval() else { return false }
            content.approval = try part(approval)
            content.pageURL = "\(baseURL())/dashboard/approvals/\(keyring.uuid(.approval, call))"
        }
        return true
    }

    private func part(_ approval: Approval) throws -> NotificationContent.ApprovalPart {
        var part = NotificationContent.ApprovalPart(
            id: keyring.uuid(.approval, approval.id), status: approval.status, requestedBy: approval.origin.requestedBy,
            source: approval.origin.source, command: quotedCommand(approval.spec.argv), digest: approval.digest, expiresAt: approval.expiresAt)
        part.event = approval.origin.event
        part.arguments = approval.spec.arguments
        part.bodySize = approval.stdinSize
        if approval.stdinSize > 0, !isSensitive(approval.endpoint) {
            part.bodyStart = lossyString(try store.stdin(ofCall: approval.id, limit: Self.bodyLimit))
        }
        if approval.status == .pending { part.approveURL = "\(baseURL())/approve/\(keyring.linkToken(approval: approval.id))" }
        part.decidedBy = approval.decidedBy
        part.decidedVia = approval.decidedVia?.rawValue
        part.reason = approval.reason
        return part
    }

    private func part(_ run: Run, _ data: AlertData, condition: AlertCondition) throws -> NotificationContent.RunPart {
        var part = NotificationContent.RunPart(
            id: keyring.uuid(.run, run.id), status: run.status, source: run.origin.source, requestedBy: run.origin.requestedBy,
            command: run.command)
        part.exitCode = run.exitCode
        part.durationMilliseconds = run.durationMicroseconds.map { Int($0 / 1000) }
        part.error = run.error
        part.failures = condition == .consecutiveFailures || condition == .recovered ? data.failures : nil
        if condition == .runSlow, !run.status.isFinished { part.startedAt = run.startedAt }
        if run.status.isFinished, !isSensitive(run.endpoint) {
            let output = try store.output(ofRun: run.id)
            if !output.isEmpty { part.output = lossyString(Array(output.suffix(Self.outputLimit))) }
        }
        return part
    }

    /// Of an endpoint that is gone nobody knows any more, so it counts as sensitive.
    private func isSensitive(_ endpoint: String) -> Bool { book.current.endpoint(named: endpoint)?.isSensitive ?? true }

    private func query(_ name: String, _ value: String?) -> String { value.map { "?\(name)=\(percentEncode($0))" } ?? "" }

    // MARK: Digests

    private func add(_ digest: AlertData.Digest, _ rule: AlertRule?, to content: inout NotificationContent) {
        let sorted = digest.endpoints.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let lines = sorted.prefix(10).map { NotificationContent.DigestPart.Line(endpoint: $0.key, count: $0.value) }
        let only = sorted.count == 1 && digest.elsewhere == 0 ? sorted[0].key : nil
        let list = "\(baseURL())/dashboard/" + content.condition.listPage(endpoint: only ?? rule?.endpoint)
        content.digest = .init(
            count: digest.count, endpoints: lines, furtherEndpoints: max(0, sorted.count - lines.count) + (digest.elsewhere > 0 ? 1 : 0),
            first: digest.first, last: digest.last, listURL: list)
        content.pageURL = list
        content.endpoint = only
        content.severity = content.condition.usualSeverity
        content.title = "\(digest.count) \(content.condition.plural) for \(only ?? rule?.endpoint ?? "all endpoints")"
    }
}

extension AlertCondition {
    /// The list on the dashboard that shows what it tells of, below `/dashboard/`.
    fileprivate func listPage(endpoint: String?) -> String {
        if self == .scheduleMissed { return "schedules" }
        let page = tellsOfRun ? "runs" : self == .webhookRejected ? "deliveries/rejected" : "approvals"
        return page + (endpoint.map { "?endpoint=\(percentEncode($0))" } ?? "")
    }
}

extension AlertBook.Snapshot {
    func endpoint(named name: String) -> AlertEndpoint? { endpointNames[name].flatMap { endpoints[$0] } }
}
