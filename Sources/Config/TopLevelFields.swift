internal import Bytes
internal import Diagnostics
internal import Model
internal import YAML

/// One field at the top of the file. `read` puts the value into the file and says what is wrong with it.
struct TopLevelField: Sendable {
    let name: String
    let read: @Sendable (inout ConfigFile, YAMLNode) -> String?

    static let all: [TopLevelField] = ownFields + alertFields.map { TopLevelField(name: $0) { _, _ in nil } }

    private static let ownFields: [TopLevelField] = [
        TopLevelField(name: "version") { file, node in
            guard case .scalar(let scalar) = node.content, scalar.value == .int(1) else {
                return "the version must be 1, the only one there is"
            }
            file.version = 1
            return nil
        },
        text("agent_version", \.agentVersion, takesNumbers: true),
        TopLevelField(name: "agent_name") { file, node in
            guard let name = node.text, !name.isEmpty else { return "expected a text, not \(node.kind)" }
            file.agentName = name
            return nil
        },
        TopLevelField(name: "account") { file, node in
            guard let name = node.text else { return "expected a text, not \(node.kind)" }
            file.account = name
            return EndpointField.checkSlug(name)
        },
        text("public_url", \.publicURL, check: checkPublicURL),
        TopLevelField(name: "listen") { file, node in
            // A port alone is a number to YAML.
            guard let texts = node.scalarTexts, !texts.isEmpty else { return "expected HOST:PORT, unix:PATH or a list of them, not \(node.kind)" }
            file.listen = texts
            return texts.lazy.compactMap(checkListenAddress).first
        },
        TopLevelField(name: "trusted_proxies") { file, node in
            guard let texts = node.scalarTexts else { return "expected a list of addresses such as [127.0.0.1, 10.0.0.0/8], not \(node.kind)" }
            file.trustedProxies = texts
            return texts.lazy.compactMap(checkProxy).first
        },
        TopLevelField(name: "rate_limit_per_address") { file, node in
            guard let text = node.text else { return "expected a rate such as 100/min, not \(node.kind)" }
            file.ratePerAddress = RateLimit(text)
            return EndpointField.checkRateLimit(text)
        },
        text("data", \.dataDirectory),
        text("secrets_file", \.secretsFile),
        text("schedules_dir", \.schedulesDirectory),
        integer("max_concurrent_runs", \.maxConcurrentRuns, 1...4096, "runs"),
        integer("retention_days", \.retentionDays, 1...36_500, "days"),
        TopLevelField(name: "retention_size") { file, node in
            // A number of bytes alone is a number to YAML.
            guard let size = node.scalarText.flatMap(sizeBytes), size >= 16 << 20 else {
                return "expected a size of 16MiB or more, such as 500MiB or 2GiB, not \(node.scalarText.map { "'\($0)'" } ?? node.kind)"
            }
            file.retentionSize = size
            return nil
        },
        TopLevelField(name: "event_loops") { file, node in
            guard let number = node.wholeNumber, 1...256 ~= number else {
                return "expected a whole number of threads from 1 to 256, not \(node.kind)"
            }
            file.eventLoops = number
            return nil
        },
        TopLevelField(name: "endpoints") { _, _ in nil },  // read by itself, endpoint by endpoint
    ]

    /// Read by `readAlerts`, once everything is known that they refer to.
    static let alertFields = ["alerts", "channels", "smtp", "slack", "heartbeat", "callback_allow"]

    /// Known, and used by later versions.
    static let withoutEffect = ["pipelines"]

    private typealias Path<Value> = any WritableKeyPath<ConfigFile, Value> & Sendable

    private static func text(
        _ name: String, _ path: Path<String?>, takesNumbers: Bool = false, check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> TopLevelField {
        TopLevelField(name: name) { file, node in
            guard let text = takesNumbers ? node.scalarText : node.text else { return "expected a text, not \(node.kind)" }
            if text.isEmpty { return "must not be empty" }
            file[keyPath: path] = text
            return check(text)
        }
    }

    private static func integer(_ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ unit: String) -> TopLevelField {
        TopLevelField(name: name) { file, node in
            guard let number = node.wholeNumber, range.contains(number) else {
                return "expected a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound), not \(node.kind)"
            }
            file[keyPath: path] = number
            return nil
        }
    }
}

/// An origin, perhaps with a path: links are made by putting `/approve/...` behind it.
@Sendable private func checkPublicURL(_ text: String) -> String? {
    if let wrong = EndpointField.checkHTTPURL(text) { return wrong }
    return text.contains("?") || text.contains("#") ? "expected an address without '?' and '#'" : nil
}

@Sendable private func checkProxy(_ text: String) -> String? {
    if text == "unix" { return nil }
    do throws(AddressRangeError) {
        _ = try AddressRange(text)
        return nil
    } catch {
        return error.message
    }
}

/// What `serve --listen` takes too: `HOST:PORT`, `[::1]:PORT`, `:PORT`, `PORT` or `unix:PATH`.
@Sendable private func checkListenAddress(_ text: String) -> String? {
    let wrong = "expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, or unix:PATH"
    if text.hasPrefix("unix:") { return 6...112 ~= text.utf8.count && !text.utf8.contains(0) ? nil : "the path of a Unix socket has 1 to 107 bytes" }
    let colon = text.lastIndex(of: ":")
    let port = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), UInt16(port) != nil else { return wrong }
    let host = colon.map { text[..<$0] } ?? ""
    if host.hasPrefix("[") { return host.hasSuffix("]") && host.count > 2 ? nil : wrong }
    return host.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") || $0 <= 0x20 } ? wrong : nil
}

extension YAMLNode {
    var text: String? {
        guard case .scalar(let scalar) = content, scalar.value == .string else { return nil }
        return scalar.text
    }

    /// One scalar, or a list of them.
    var scalarTexts: [String]? {
        guard case .sequence(let items) = content else { return scalarText.map { [$0] } }
        let texts = items.compactMap(\.scalarText)
        return texts.count == items.count ? texts : nil
    }

    /// Also of numbers and booleans, as written.
    var scalarText: String? {
        guard case .scalar(let scalar) = content, scalar.value != .null else { return nil }
        return scalar.text
    }

    var wholeNumber: Int? {
        guard case .scalar(let scalar) = content, case .int(let number) = scalar.value else { return nil }
        return Int(exactly: number)
    }

    var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.value == .null } else { false }
    }

    /// For messages: "a list", "the number 5".
    var kind: String { SettingValue(self).kind }
}
