internal import Bytes
internal import Model
package import Posix
package import Store

/// Writes the messages of rules, of endpoints' `notify_url`, of tests and the answers to Slack.
package struct AlertComposer: NotificationComposer {
    private let writer: ContentWriter
    private let book: AlertBook
    private let clock: SystemClock

    package init(writer: ContentWriter, clock: SystemClock) {
        self.writer = writer
        book = writer.book
        self.clock = clock
    }

    package func destination(of row: NotificationRow) -> Composed<Destination> {
        switch channel(of: row) {
        case .ready(let channel): .ready(channel.destination)
        case .impossible(let reason): .impossible(reason)
        case .later(let reason): .later(reason)
        }
    }

    package func compose(_ row: NotificationRow) -> Composed<OutgoingNotification> {
        let now = clock.wall()
        if row.kind == .reply {
            guard let url = row.destination, let body = row.data else { return .impossible("the answer has no address or no text") }
            return .ready(.http(.init(url: url, headers: [("Content-Type", "application/json")], body: Array(body.utf8))))
        }
        switch channel(of: row) {
        case .ready(let channel):
            do {
                let content = row.kind == .test ? writer.testContent(of: row, now: now) : try writer.content(of: row, now: now)
                guard var content else { return .impossible("what it tells of is not kept any more") }
                // Where `slack: users` says who decides, no link goes along that lets everybody decide.
                if case .slack(_, hasButtons: true) = channel.form.settings { content.approval?.approveURL = nil }
                return .ready(render(content, for: channel.form))
            } catch {
                return .later("what it tells of cannot be read: \(error)")
            }
        case .impossible(let reason): return .impossible(reason)
        case .later(let reason): return .later(reason)
        }
    }

    // MARK: Channels

    private struct Resolved {
        var form: ResolvedChannel
        var destination: Destination
    }

    private func channel(of row: NotificationRow) -> Composed<Resolved> {
        let current = book.current
        do throws(RuleProblem) {
            switch row.kind {
            case .reply:
                guard let url = row.destination else { throw RuleProblem("the answer has no address") }
                // Whoever knows the signing secret can name any address here.
                let destination = Destination(key: url, kind: nil, isCallers: true)
                return .ready(Resolved(form: .init(.webhook(url: url, secret: nil)), destination: destination))
            case .notify:
                guard let endpoint = row.endpointID.flatMap({ current.endpoints[$0] }), let reference = endpoint.notifyURL else {
                    throw RuleProblem("the endpoint has no notify_url any more")
                }
                return .ready(try notifyURL(reference))
            default: return .ready(try target(of: row, current))
            }
        } catch {
            return .impossible(error.message)
        }
    }

    private static let slackHost = "https://hooks.slack.com/"

    /// An endpoint's `notify_url` may be an incoming webhook of Slack, which takes Slack's form only.
    private func notifyURL(_ reference: String) throws(RuleProblem) -> Resolved {
        let url = try text(reference, "notify_url")
        var channel = NotificationChannel()
        channel.kind = url.hasPrefix(Self.slackHost) ? .slack : .webhook
        channel.url = reference
        return try resolve(channel)
    }

    private func target(of row: NotificationRow, _ current: AlertBook.Snapshot) throws(RuleProblem) -> Resolved {
        let data = AlertData(json: row.data)
        guard let name = row.rule, let rule = current.entry(name)?.rule else { throw RuleProblem("its rule is gone") }
        let targets = rule.targets(ofStep: data.step)
        // By its name where it has one: the rule's list may have changed since.
        if let known = row.channel.flatMap({ current.channel($0) }), targets.contains(.channel(known.name)) { return try resolve(known) }
        guard let index = data.target, targets.indices.contains(index), case .direct(let kind, let destination) = targets[index] else {
            throw RuleProblem("the rule does not tell this channel any more")
        }
        var channel = NotificationChannel()
        channel.kind = kind
        switch kind {
        case .email: channel.to = [destination]
        case .pagerduty: channel.token = destination
        default: channel.url = destination
        }
        return try resolve(channel)
    }

    private func resolve(_ channel: NotificationChannel) throws(RuleProblem) -> Resolved {
        if channel.kind == .email { return try mail(channel) }
        let url = try text(channel.effectiveURL, "url")
        let form: ResolvedChannel.Kind =
            switch channel.kind {
            case .webhook: .webhook(url: url, secret: try channel.secret.map { secret throws(RuleProblem) in try key(secret) })
            case .slack: .slack(url: url, hasButtons: hasSlackButtons)
            case .discord: .discord(url: url)
            case .teams: .teams(url: url)
            case .ntfy: .ntfy(url: url, token: try channel.token.map { token throws(RuleProblem) in try text(token, "token") })
            case .pagerduty: .pagerduty(url: url, routingKey: try text(channel.token, "routing_key"))
            case .email: .email(to: [], from: "")
            }
        return Resolved(form: .init(form), destination: Destination(key: url, kind: channel.kind))
    }

    private func mail(_ channel: NotificationChannel) throws(RuleProblem) -> Resolved {
        guard let smtp = book.current.settings.smtp else { throw RuleProblem("there is no 'smtp' in the configuration") }
        let recipients = try channel.to.map { address throws(RuleProblem) in try text(address, "to") }
        let server = Destination.MailServer(
            url: smtp.url, from: MailAddress(smtp.from)?.address ?? smtp.from,

            user: try smtp.user.map { user throws(RuleProblem) in try text(user, "user") },
            password: try smtp.password.map { password throws(RuleProblem) in try text(password, "password") }, security: smtp.security)
        return Resolved(
            form: .init(.email(to: recipients, from: smtp.from)),
            destination: Destination(key: ([smtp.url] + recipients).joined(separator: " "), kind: .email, mailServer: server))
    }

    /// Slack's own buttons, if somebody takes their clicks.
    private var hasSlackButtons: Bool { book.current.settings.slack.map { book.secret($0.signingSecret) != nil } ?? false }

    /// What a reference stands for. Its name may be told, never its value.
    private func text(_ reference: String?, _ field: String) throws(RuleProblem) -> String {
        guard let reference, !reference.isEmpty else { throw RuleProblem("the channel has no \(field)") }
        guard let text = book.secretText(reference), !text.isEmpty else {
            throw RuleProblem("\(reference.hasPrefix("$") ? reference : "its \(field)") is not set")
        }
        return text
    }

    private func key(_ reference: String) throws(RuleProblem) -> [UInt8] {
        guard let secret = book.secret(reference) else { throw RuleProblem("its secret is not set") }
        do throws(SigningKeyError) {
            return try SigningKey(outgoing: secret).bytes
        } catch {
            throw RuleProblem("its secret is none to sign with: \(error.message)")
        }
    }
}
