internal import Model

/// How much of a call a page shows.
struct CallLimits {
    /// Bytes of the body, of one word or value, and how many words.
    var body = 64 << 10
    var word = 16 << 10
    var words = 500

    /// A page of its own.
    static let full = CallLimits()
    /// One of many on a page.
    static let card = CallLimits(body: 8 << 10, word: 2 << 10, words: 100)

    /// Whether something of `item` is too long to be shown.
    func cuts(_ item: ApprovalView) -> Bool {
        let spec = item.approval.spec
        let texts =
            [spec.command, spec.workingDirectory] + spec.argv + spec.arguments.flatMap { [$0.name, $0.value] }
            + spec.argumentEnvironment.map { $0.name + "=" + $0.value }
        return BodyForm(item.body, size: item.approval.stdinSize, limit: body).shown < item.approval.stdinSize
            || spec.argv.count > words || spec.arguments.count > words || spec.argumentEnvironment.count > words
            || texts.contains { $0.utf8.count > word }
    }
}

/// Everything that an approver must see of a call, in the order of its weight: what runs, with what, where, and who asked.
///
/// `headings` is the level below the page's: cards stand under headings of their own.
func callDetails(_ item: ApprovalView, limits: CallLimits, headings: Tag = .h2, now: Int64) -> HTML {
    let spec = item.approval.spec
    return group {
        tag(.section, .class("panel")) {
            tag(headings, text: item.approval.status == .pending ? "What will run" : "What was asked for")
            tag(.p, .class("field-name"), text: "Command as written in the configuration")
            tag(.pre, .class("command")) { machineText(spec.command, limit: limits.word) }
            tag(.p, .class("field-name")) {
                "Words to be executed"
                tag(.span, .class("hint"), text: " — one program and its arguments, each a word of its own")
            }
            wordList(spec.argv, limits: limits)
            if !spec.argumentEnvironment.isEmpty {
                tag(.p, .class("field-name"), text: "Variables that carry arguments to it")
                wordList(spec.argumentEnvironment.map { $0.name + "=" + $0.value }, limits: limits, kind: "variables")
            }
        }
        if !spec.arguments.isEmpty { argumentsPanel(spec.arguments, limits: limits, heading: headings) }
        tag(.section, .class("panel")) {
            tag(headings) {
                "Request body"
                tag(
                    .span, .class("hint"),
                    text: item.approval.stdinSize == 0 ? "" : " \(grouped(item.approval.stdinSize)) bytes, on standard input")
            }
            if item.approval.isBodyGone {
                tag(.p, .class("muted"), text: "The body is no longer kept: it went to make room.")
            } else {
                bodyBlock(item.body, size: item.approval.stdinSize, limit: limits.body, label: "Request body")
            }
        }
        tag(.section, .class("panel")) {
            tag(headings, text: "Who or what asked")
            originList(item, now: now)
        }
        tag(.section, .class("panel")) {
            tag(headings, text: "Where and how")
            surroundings(item, limits: limits)
        }
    }
}

/// One box a word, so that a space in a word is told from a space between words.
func wordList(_ words: [String], limits: CallLimits, kind: String = "argv") -> HTML {
    group {
        tag(.ol, .class("words " + kind)) {
            for word in words.prefix(limits.words) {
                tag(.li) {
                    if word.isEmpty {
                        tag(.span, .class("empty-word"), text: "empty word")
                    } else {
                        tag(.code) { machineText(word, limit: limits.word) }
                    }
                }
            }
        }
        if words.count > limits.words {
            tag(.p, .class("cut-note")) { tag(.span, .class("cut"), text: "\(grouped(words.count - limits.words)) more words not shown") }
        }
    }
}

private func argumentsPanel(_ arguments: [NamedValue], limits: CallLimits, heading: Tag) -> HTML {
    tag(.section, .class("panel")) {
        tag(.table, .class("pairs")) {
            tag(.caption) { tag(heading, text: "Arguments") }
            tag(.thead) {
                tag(.tr) {
                    tag(.th, .columnHeader, text: "Name")
                    tag(.th, .columnHeader, text: "Value")
                }
            }
            tag(.tbody) {
                for argument in arguments.prefix(limits.words) {
                    tag(.tr) {
                        tag(.th, .rowHeader) { machineText(argument.name, limit: limits.word) }
                        tag(.td) {
                            if argument.value.isEmpty {
                                tag(.span, .class("muted"), text: "empty")
                            } else {
                                tag(.code) { machineText(argument.value, limit: limits.word) }
                            }
                        }
                    }
                }
            }
        }
        if arguments.count > limits.words {
            tag(.p, .class("cut-note")) {
                tag(.span, .class("cut"), text: "\(grouped(arguments.count - limits.words)) more arguments not shown")
            }
        }
    }
}

func field(_ name: String, @HTMLBuilder value: () -> HTML) -> HTML {
    tag(.div) {
        tag(.dt, text: name)
        tag(.dd) { value() }
    }
}

private func originList(_ item: ApprovalView, now: Int64) -> HTML {
    let approval = item.approval
    return tag(.dl, .class("fields")) {
        field("Source") { sourceName(approval.origin.source) }
        if let reason = approval.gateReason { field("Why it asks") { tag(.code) { machineText(reason, limit: 8 << 10) } } }
        field("Requested by") { personText(approval.origin.requestedBy) }
        if let event = approval.origin.event {
            if approval.origin.source == .schedule {
                field("Planned for") { plannedTag(event, limit: 4 << 10) }
            } else {
                field("Event") { machineText(event, limit: 4 << 10) }
            }
        }
        if let delivery = approval.origin.deliveryID { field("Delivery id") { tag(.code) { machineText(delivery, limit: 4 << 10) } } }
        field("Requested") { timeTag(approval.requestedAt, now: now) }
        field("Expires") { timeTag(approval.expiresAt, now: now) }
        field("Approval id") { tag(.code, text: item.id) }
    }
}

private func surroundings(_ item: ApprovalView, limits: CallLimits) -> HTML {
    let spec = item.approval.spec
    return tag(.dl, .class("fields")) {
        field("Working directory") { tag(.code) { machineText(spec.workingDirectory, limit: limits.word) } }
        field("Timeout") { words(duration: Int64(spec.timeoutSeconds) * 1_000_000) }
        if !spec.environment.isEmpty {
            field("Environment set") {
                for variable in spec.environment.prefix(limits.words) {
                    tag(.code, .class("name")) { machineText(variable.name, limit: limits.word) }
                    " "
                }
                tag(.span, .class("hint"), text: "(names only)")
            }
        }
        for script in spec.scripts.prefix(limits.words) {
            field("Script file") {
                tag(.code) { machineText(script.path, limit: limits.word) }
                tag(.span, .class("hash")) {
                    script.sha256 == "missing"
                        ? tag(.strong, text: "not there when the call was made") : tag(.code, text: "SHA-256 " + script.sha256)
                }
            }
        }
        field("Digest of the call") { tag(.code, .class("hash"), text: item.approval.digest) }
    }
}

func sourceName(_ source: CallSource) -> String {
    switch source {
    case .api: "API call"
    case .webhook: "Webhook"
    case .schedule: "Schedule"
    case .pipeline: "Pipeline"
    }
}
