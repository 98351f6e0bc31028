extension SMTPSettings {
    static let fields: [SettingField<SMTPSettings>] = [
        .text("url", \.url, check: urlProblem),
        .text("from", \.from) { senderProblem($0).map { SettingProblem($0) } },
        .secret("user", \.user),
        .secret("password", \.password),
        .enumeration("tls", \.security, default: .required),
    ]

    /// Reads the fields of `value`, a map. Problems carry paths from that map.
    package mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        var problems = applyFields(Self.fields, to: &self, value, what: "smtp", required: ["url", "from"])
        guard problems.isEmpty else { return problems }
        if user != nil, password == nil { problems.append(SettingProblem("'user' needs a 'password'", at: [.key("user")])) }
        if password != nil, user == nil { problems.append(SettingProblem("'password' needs a 'user'", at: [.key("password")], atKey: true)) }
        if url.lowercased().hasPrefix("smtps://"), security != .required {
            problems.append(withoutEffect("tls", "with smtps://, which is encrypted from the start"))
        } else if password != nil, security != .required {
            let when = security == .none ? "" : " to a server that offers no TLS"
            problems.append(
                SettingProblem(
                    "with tls: \(security.rawValue) the password goes over the network in the clear\(when)", at: [.key("tls")], severity: .warning))
        }
        return problems
    }

    package func encoded() -> SettingValue { .map(encodeFields(Self.fields, of: self, defaults: SMTPSettings())) }

    private static func urlProblem(_ text: String) -> SettingProblem? {
        let lower = text.lowercased()
        let rest = lower.hasPrefix("smtps://") ? lower.dropFirst(8) : lower.hasPrefix("smtp://") ? lower.dropFirst(7) : ""
        if rest.contains("@") {
            return SettingProblem("the address of the mail server holds no user and password", hint: "write them as 'user' and 'password'")
        }
        return isAuthority(rest)
            ? nil : SettingProblem("expected the address of a mail server: smtp://HOST, smtp://HOST:587 or smtps://HOST")
    }

    /// `HOST`, `HOST:PORT` or `[IPv6]:PORT`.
    private static func isAuthority(_ text: Substring) -> Bool {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<end]
            return isIPv6(address) && isPort(text[text.index(after: end)...])
        }
        let host = text.prefix { $0 != ":" }
        return isHostName(host) && isPort(text[host.endIndex...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.hasPrefix(":") else { return text.isEmpty }
        let digits = text.dropFirst()
        return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } && (UInt16(digits) ?? 0) > 0
    }
}
