internal import CommandLine
internal import JSON

/// One hook of adnanh/webhook as an endpoint.
struct HookEndpoint {
    let id: String
    let name: String
    private let hook: JSONValue
    private let formField: String?
    /// What is different or missing, for comments and for the summary.
    private(set) var notes: [String] = []
    /// Names that the secrets file needs.
    private(set) var secretNames: [String] = []
    /// A part of the rule, or a part of what decides who may call, has no counterpart: without a gate more would get in than before.
    private(set) var isWeaker = false

    private var words: [String] = []
    private var arguments: [(name: String, path: String)] = []
    private var argumentNames: Set<String> = []
    private var environment: [(name: String, value: String)] = []

    private static let known: Set<String> = [
        "id", "execute-command", "command-working-directory", "pass-arguments-to-command", "pass-environment-to-command",
        "pass-file-to-command", "trigger-rule", "include-command-output-in-response", "http-methods", "parse-parameters-as-json",
        "response-message", "response-headers", "success-http-response-code", "incoming-payload-content-type",
        "include-command-output-in-response-on-error", "trigger-rule-mismatch-http-response-code", "trigger-signature-soft-failures",
        "capture-command-output",
    ]

    init(_ hook: JSONValue, id: String, name: String) {
        self.hook = hook
        self.id = id
        self.name = name
        formField = (hook["parse-parameters-as-json"]?.array ?? []).first { $0["source"]?.string == "payload" }?["name"]?.string
    }

    /// The lines of the endpoint in `endpoints`.
    mutating func lines(gated: Bool) -> String {
        let rule = HookRule(hook["trigger-rule"], formField: formField)
        readCommand()
        readResponses()
        let security = securityLines(rule)
        for reason in rule.unknown {
            isWeaker = true
            notes.append("trigger-rule: \(reason) has no counterpart; it asks for approval instead")
        }
        var text = ""
        if name != id { text += "  # The hook '\(oneLine(id))': its address is /v1/user/\(name) now.\n" }
        for note in notes { text += "  # \(oneLine(note))\n" }
        text += "  - name: \(name)\n"
        text += "    command: \(quoted(words.joined(separator: " ")))\n"
        if let folder = hook["command-working-directory"]?.string, !folder.isEmpty { text += "    working_dir: \(quoted(folder))\n" }
        text += "    trigger: webhook\n" + security
        if let condition = rule.condition { text += "    when: \(quoted(condition))\n" }
        if flag("include-command-output-in-response") || flag("capture-command-output") { text += "    async: false\n" }
        if !arguments.isEmpty {
            text += "    args:\n"
            for argument in arguments {
                text += "      - name: \(argument.name)\n        from: \(quoted(argument.path))\n        default: \"\"\n"
            }
        }
        if !environment.isEmpty {
            text += "    env:\n"
            for (name, value) in environment { text += "      \(quoted(name)): \(quoted(value))\n" }
        }
        if gated || isWeaker { text += "    approval_required: true\n" }
        return text
    }

    private func flag(_ key: String) -> Bool { hook[key]?.bool == true || hook[key]?.string == "true" }

    // MARK: Who may call

    private mutating func securityLines(_ rule: HookRule) -> String {
        var text = ""
        if rule.hasToken, rule.signature == nil {
            text += "    webhook_source: gitlab\n    secret: \(secret())\n    public: true\n"
        } else if let signature = rule.signature {
            if rule.hasToken {
                isWeaker = true
                notes.append("trigger-rule: a token beside a signature has no counterpart; it asks for approval instead")
            }
            text += signatureLines(signature) + "    public: true\n"
        } else {
            notes.append("nothing signs its messages, so callers need an API key (X-API-Key); 'public: true' would open it to anyone")
        }
        text += eventLines(rule)
        if !rule.addresses.isEmpty { text += "    allow_from: [\(rule.addresses.map(quoted).joined(separator: ", "))]\n" }
        return text
    }

    /// What the condition calls `$event` must be the header that the rule looked at.
    private mutating func eventLines(_ rule: HookRule) -> String {
        let isGitHub = rule.signature.map { $0.algorithm == "sha256" && $0.header.lowercased() == "x-hub-signature-256" } ?? false
        let own = rule.hasToken && rule.signature == nil ? "x-gitlab-event" : isGitHub ? "x-github-event" : nil
        if rule.eventHeaders.isEmpty || rule.eventHeaders == [own ?? "x-event-type"] { return "" }
        if rule.eventHeaders.count == 1, own == nil, let header = rule.eventHeaders.first { return "    event_header: \(quoted(header))\n" }
        isWeaker = true
        notes.append("trigger-rule: an event is looked for in \(rule.eventHeaders.sorted().joined(separator: ", ")), where this source has none")
        return ""
    }

    private mutating func signatureLines(_ signature: HookRule.Signature) -> String {
        var text = ""
        let header = signature.header.lowercased()
        if header == "x-hub-signature-256", signature.algorithm == "sha256" {
            text += "    webhook_source: github\n"
        } else if !(signature.algorithm == "sha256" && ["x-signature-256", "x-webhook-signature"].contains(header)) {
            text += "    signature_header: \(quoted(signature.header))\n    signature_algorithm: \(signature.algorithm)\n"
            // Elsewhere 'sha1=' and the like may stand before it or not, which is what signature_prefix says when it is left out.
            if header.hasPrefix("x-hub-signature") { text += "    signature_prefix: \"\(signature.algorithm)=\"\n" }
        }
        text += "    secret: \(secret())\n"
        if signature.count > 1 {
            let further = (2...signature.count).map { secret($0) }
            text += "    secrets: [\(further.joined(separator: ", "))]\n"
        }
        return text
    }

    /// A reference; the value stays where it is.
    private mutating func secret(_ number: Int = 1) -> String { secret(named: "SECRET" + (number > 1 ? "_\(number)" : "")) }

    private mutating func secret(named last: String) -> String {
        let base = "\(name)_\(last)".uppercased().unicodeScalars.map {
            ("A"..."Z").contains($0) || ("0"..."9").contains($0) ? Character($0) : "_"
        }
        let name = "HOOK_" + String(base)
        if !secretNames.contains(name) { secretNames.append(name) }
        return "$" + name
    }

    // MARK: The command

    private mutating func readCommand() {
        var program = hook["execute-command"]?.string ?? ""
        let folder = hook["command-working-directory"]?.string ?? ""
        if program.contains("/"), !program.hasPrefix("/") {
            if folder.hasPrefix("/") {
                program = "\(folder)/\(program.hasPrefix("./") ? String(program.dropFirst(2)) : program)"
            } else {
                notes.append("the program's path counts from the folder of this file")
            }
        }
        var assignments: [String] = []
        for item in hook["pass-environment-to-command"]?.array ?? [] { readVariable(item, &assignments) }
        // 'env' takes them as words, so that no value becomes text of a shell.
        words = assignments.isEmpty ? [quotedWord(program)] : ["env"] + assignments + [quotedWord(program)]
        for (index, item) in (hook["pass-arguments-to-command"]?.array ?? []).enumerated() {
            if let name = item["name"]?.string, item["source"]?.string == "string" {
                words.append(quotedWord(name))
            } else if let argument = argument(item) {
                words.append("${\(argument)}")
            } else {
                words.append("''")
                notes.append("argument \(index + 1), \(described(item)), has no counterpart; an empty word keeps its place")
            }
        }
        for item in hook["pass-file-to-command"]?.array ?? [] {
            notes.append("a file for \(described(item)) has no counterpart; the whole message is on standard input")
        }
    }

    private mutating func readVariable(_ item: JSONValue, _ assignments: inout [String]) {
        let source = item["name"]?.string ?? ""
        let name = item["envname"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "HOOK_\(source)"
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }
        if item["source"]?.string == "string" {
            if isPlain, namesSecret(name) {
                environment.append((name, secret(named: name)))
            } else if isPlain, name.utf8.first.map({ $0 > 0x39 }) == true {
                // A value that begins with a dollar sign would name a secret.
                environment.append((name, source.hasPrefix("$") ? "$" + source : source))
            } else {
                assignments.append(quotedWord("\(name)=\(source)"))
            }
        } else if let argument = argument(item) {
            assignments.append("\(quotedWord("\(name)="))${\(argument)}")
        } else {
            notes.append("the variable \(name), \(described(item)), has no counterpart")
        }
    }

    private func described(_ item: JSONValue) -> String {
        (item["source"]?.string ?? "of no source") + (item["name"]?.string.map { " '\($0)'" } ?? "")
    }

    /// The argument that a value of the payload fills; one for each path.
    private mutating func argument(_ item: JSONValue) -> String? {
        guard item["source"]?.string == "payload", let source = item["name"]?.string, !source.isEmpty, item["base64decode"]?.bool != true,
            arguments.count < 64
        else { return nil }
        let path = hookPath(source, formField: formField)
        if let known = arguments.first(where: { $0.path == path }) { return known.name }
        let kept = source.unicodeScalars.map { scalar -> Character in
            let isFine = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
            return isFine ? Character(scalar) : "_"
        }
        let base = String(kept.suffix(50))
        let name = unique(base.first?.isNumber == true ? "_\(base)" : base, &argumentNames)
        arguments.append((name, path))
        return name
    }

    // MARK: The rest

    private mutating func readResponses() {
        if let methods = hook["http-methods"]?.array?.compactMap(\.string), methods.contains(where: { $0.uppercased() != "POST" }) {
            notes.append("http-methods: webhooks come by POST only")
        }
        let lost = [
            ("response-message", "answers are {\"status\":...}"), ("response-headers", "answers have headers of their own"),
            ("success-http-response-code", "it is 202, or 200 with the output"),
            ("trigger-rule-mismatch-http-response-code", "a wrong signature is 401; what the condition leaves out is 200 'ignored'"),
            ("include-command-output-in-response-on-error", "with 'async: false' the output is answered whatever the exit code"),
            ("trigger-signature-soft-failures", "a wrong signature is always refused"),
        ]
        for (key, what) in lost where hook[key].map({ !$0.isNull && $0 != false && $0 != "" }) == true {
            notes.append("\(key) has no counterpart: \(what)")
        }
        if let type = hook["incoming-payload-content-type"]?.string, !type.isEmpty, !type.lowercased().contains("json") {
            notes.append("incoming-payload-content-type has no counterpart: conditions and arguments read bodies as JSON")
        }
        for item in hook["parse-parameters-as-json"]?.array ?? [] where item["source"]?.string != "payload" {
            notes.append("parse-parameters-as-json for \(described(item)) has no counterpart")
        }
        if formField != nil { notes.append("the JSON inside a form is read from the field 'payload' of GitHub's deliveries only") }
        for key in hook.object?.keys ?? [] where !Self.known.contains(key) { notes.append("'\(key)' is not known and left out") }
    }
}

/// Comments stay comments, and messages one line.
func oneLine(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
        let isBreak = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
        return isBreak ? " " : scalar
    }
    return String(String.UnicodeScalarView(scalars))
}
