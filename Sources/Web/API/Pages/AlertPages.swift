internal import Alerts
internal import Bytes
internal import Dashboard
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store

/// The dashboard's page of alert rules and silences, and its forms. Rules are named by a field: their names are free text, which not every
/// browser would carry in an address.
struct AlertPages: Sendable {
    let services: Services
    private let editor: RuleEditor
    private let sessions: SessionPages
    private static let address = "/dashboard/alerts"
    private static let silencesShown = 100

    init(services: Services, editor: RuleEditor) {
        self.services = services
        self.editor = editor
        sessions = SessionPages(services: services)
    }

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let now = services.clock.wall()
        let silences = try services.store.silences(at: now, below: nil, limit: Self.silencesShown)
        return Pages.page(
            200,
            alertsPage(
                AlertsPageView(
                    session: session,
                    rules: services.alerts.current.entries.map {
                        AlertRuleView(
                            rule: $0.rule, isOfFile: $0.isOfFile, enabledInFile: $0.enabledInFile, problem: $0.problem,
                            warnings: editor.warnings(of: $0).map { ($0.fieldName.isEmpty ? "" : "\($0.fieldName): ") + $0.fullMessage })
                    },
                    silences: silences.items.map {
                        SilenceView(
                            id: services.keyring.uuid(.silence, $0.id), rule: $0.rule, endpoint: $0.endpoint, reason: $0.reason,
                            author: $0.author, createdAt: $0.createdAt, until: $0.until)
                    }, areSilencesCut: silences.next != nil, notice: Pages.takeNotice(session, services), now: now)))
    }

    /// Asks whether a rule of the API is to go.
    @Sendable func confirmDeletion(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let name = request.parameter("rule") ?? ""
        guard let entry = services.alerts.current.entry(name), !entry.isOfFile else {
            return toList(session, Notice(.bad, "There is no rule of the API of this name; those of the file are removed there."))
        }
        let item = AlertRuleView(rule: entry.rule, isOfFile: false, problem: entry.problem)
        return Pages.page(200, deleteRulePage(DeleteRulePageView(session: session, item: item)))
    }

    /// Enables, disables, resets, tests or deletes a rule.
    @Sendable func act(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let form = try Pages.form(request, of: session)
        let name = form.value("rule")
        do {
            switch form.value("action") {
            case "enable":
                _ = try editor.change(name, JSONObject([("enabled", .bool(true))]))
                return toList(session, Notice(.good, "\(name) is enabled."))
            case "disable":
                _ = try editor.change(name, JSONObject([("enabled", .bool(false))]))
                return toList(session, Notice(.good, "\(name) is disabled: it tells nothing."))
            case "reset":
                guard try editor.find(name).isOfFile else { throw Problem(409, "not_in_file", "the rule '\(name)' does not stand in the file") }
                let entry = try editor.change(name, JSONObject([("enabled", .null)])).entry
                return toList(session, Notice(.good, "\(name) is \(entry.rule.isEnabled ? "enabled" : "disabled"), as the file says."))
            case "delete":
                guard form.value("confirm") == "yes" else { return Pages.redirect("\(Self.address)/delete?rule=\(percentEncode(name))") }
                try editor.delete(name)
                return toList(session, Notice(.good, "\(name) is deleted."))
            case "test":
                let count = try editor.test(name).count
                let text = "A test of \(name) is on its way to \(count) destination\(count == 1 ? "" : "s"). Refresh to see the answer."
                let path = "/dashboard/notifications?kind=test&rule=\(percentEncode(name))"
                return Pages.redirect(path, saying: Notice(.good, text), to: session, services)
            default: throw Problem(400, "no_action", "The form carries no action.")
            }
        } catch let problem as Problem where problem.code != "no_action" {
            return toList(session, Notice(.bad, "That was not done: \(problem.detail)."))
        }
    }

    /// Adds a silence, or ends one.
    @Sendable func silence(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let form = try Pages.form(request, of: session)
        do {
            switch form.value("action") {
            case "add":
                let rule = form.value("rule")
                let endpoint = form.value("endpoint")
                let wish = SilenceWish(
                    rule: rule.isEmpty ? nil : rule, endpoint: endpoint.isEmpty ? nil : endpoint, until: nil, duration: form.value("duration"),
                    reason: form.value("reason"))
                let warnings = try services.silence(wish, by: session.name).warnings.map { "\($0.fullMessage)." }
                guard warnings.isEmpty else {
                    return toList(session, Notice(.info, "The silence holds, but nothing fits it now: \(warnings.joined(separator: " "))"))
                }
                return toList(session, Notice(.good, "It is silent now. What would have been told stands among the notifications."))
            case "end":
                try services.endSilence(form.value("silence"))
                return toList(session, Notice(.good, "The silence is over."))
            default: throw Problem(400, "no_action", "The form carries no action.")
            }
        } catch let problem as Problem where problem.code != "no_action" {
            return toList(session, Notice(.bad, "That was not done: \(problem.detail)."))
        }
    }

    private func toList(_ session: SessionView, _ notice: Notice) -> Response {
        Pages.redirect(Self.address, saying: notice, to: session, services)
    }
}

extension Pages {
    /// The fields of a form that this session was shown.
    static func form(_ request: OwnedRequest, of session: SessionView) throws(Problem) -> [FormField] {
        guard let form = request.form(), form.value("csrf") == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat it.")
        }
        return form
    }
}

extension [FormField] {
    /// The first field of a name; empty when there is none.
    func value(_ name: String) -> String { first { $0.name == name }?.value ?? "" }
}
