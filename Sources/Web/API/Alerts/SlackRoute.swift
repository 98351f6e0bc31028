internal import Alerts
internal import Bytes
internal import Decisions
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// `POST /slack/interactions`: clicks on the buttons of messages. Nobody signs in here: Slack signs, and the configuration says which of its
/// users may decide, and under which names. What there is to say goes through the outbox, so that Slack has its answer at once.
struct SlackRoute: Sendable {
    let services: Services

    @Sendable func interact(_ request: OwnedRequest) throws -> Response {
        guard let slack = services.alerts.current.settings.slack else { throw Problem.notFound }
        guard let secret = services.alerts.secret(slack.signingSecret), !secret.isEmpty else {
            throw Problem(503, "secret_not_set", "Slack's signing secret is not set")
        }
        try verify(request, secret)
        guard let form = request.form(), let payload = form.first(where: { $0.name == "payload" })?.value else {
            throw Problem(400, "malformed_form", "expected a form with the field 'payload'")
        }
        let value: JSONValue
        do { value = try parseJSON(payload) } catch { throw Problem(400, "malformed_json", "the payload is no JSON: \(error)") }
        if let click = try SlackClick(value) { try answer(click, slack) }
        return Response(status: 200)
    }

    private func verify(_ request: OwnedRequest, _ secret: [UInt8]) throws(Problem) {
        let now = services.clock.wall()
        let outcome: Result<Void, Refusal> = request.body.withUnsafeBytes { body in
            withBytes(of: request.header("x-slack-signature") ?? "") { signature in
                withBytes(of: request.header("x-slack-request-timestamp") ?? "") { time in
                    let names: (StaticString, StaticString) = ("x-slack-signature", "x-slack-request-timestamp")
                    let headers = [(name: names.0.bytes, value: signature), (name: names.1.bytes, value: time)]
                    let message = WebhookMessage(body: body, headers: headers, peer: request.peer, receivedAt: now)
                    return Result { () throws(Refusal) in try requireSlackSignature(message, secret: secret) }
                }
            }
        }
        do throws(Refusal) { try outcome.get() } catch { throw Problem(error) }
    }

    // MARK: Deciding

    private func answer(_ click: SlackClick, _ slack: SlackSettings) throws {
        guard slack.teams.isEmpty || click.team.map(slack.teams.contains) == true else {
            return reply([slackRefusal("Nothing was decided: this workspace may not decide here.")], to: click)
        }
        guard let name = slack.users[click.user] else {
            let text = "Nothing was decided: you (\(click.user)) may not decide here. Who may stands in the configuration, under slack: users."
            return reply([slackRefusal(text)], to: click)
        }
        guard let id = services.keyring.number(.approval, click.approval) else {
            return reply([slackRefusal("Nothing was decided: there is no such approval.")], to: click)
        }
        switch services.desk.decide(id, click.decision, by: name, via: .slack, reason: nil) {
        case .decided: reply([outcome(of: id)].compactMap(\.self), to: click, about: id)
        case .tooLate(let status):
            // The message still had its buttons; it loses them now.
            let told = slackRefusal(try tooLate(id, status))
            reply(status == .pending ? [told] : [told, outcome(of: id)].compactMap(\.self), to: click, about: id)
        case .unknown: reply([slackRefusal("Nothing was decided: there is no such approval any more.")], to: click)
        case .unavailable(let reason):
            services.log("a decision was not stored: \(reason)")
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
    }

    private func tooLate(_ id: Int64, _ status: ApprovalStatus) throws -> String {
        let approval = try services.store.approval(id)
        let by = approval?.decidedBy.map { " by \($0)" } ?? ""
        return switch status {
        case .approved: "Nothing was decided: it was approved\(by) before."
        case .denied: "Nothing was decided: it was denied\(by) before."
        case .cancelled: "Nothing was decided: it was cancelled\(by) before."
        case .superseded: "Nothing was decided: a newer call took its place."
        case .stale: "Nothing was decided: it was approved\(by) before, but what would run had changed since the request, so nothing ran."
        case .expired, .pending: "Nothing was decided: its time is over."
        }
    }

    // MARK: Answering

    /// The message as it is to stand there from now on. A decision holds, whether it can be shown or not.
    private func outcome(of id: Int64) -> [UInt8]? {
        do {
            let content = try services.content.content(ofApproval: id, condition: .approvalDecided, at: services.clock.wall())
            return content.map(slackOutcome)
        } catch {
            services.log("what became of a click in Slack cannot be shown there: \(error)")
            return nil
        }
    }

    private func reply(_ bodies: [[UInt8]], to click: SlackClick, about call: Int64? = nil) {
        guard let url = click.responseURL, !bodies.isEmpty else { return }
        let now = services.clock.wall()
        let rows = bodies.map { body in
            var new = NewNotification(kind: .reply, lane: url, dueAt: now)
            new.destination = url
            new.call = call
            new.data = String(decoding: body, as: UTF8.self)
            return new
        }
        guard case .queued = services.store.commit(.queueNotifications(rows, at: now)) else {
            return services.log("an answer to a click in Slack was not stored: the disk is full or the database cannot be written")
        }
    }
}

extension StaticString {
    fileprivate var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
