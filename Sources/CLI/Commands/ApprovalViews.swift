internal import Bytes
internal import JSON

/// How approvals look in a list and alone. Values come from the server's JSON; what is missing there is left out here.
enum ApprovalViews {
    /// Most bytes of a body that `show` prints.
    static let shownBody = 16 * 1024
    /// Digits of an id that tell approvals apart: those of the row's number, and the hyphen within.
    static let shortID = 13

    static func table(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("ID"), .init("STATUS"), .init("ENDPOINT", yields: true), .init("COMMAND", yields: true),
            .init("REQUESTED BY", yields: true), .init("AGE", alignsRight: true), .init("TIME LEFT", alignsRight: true),
        ])
        for item in items {
            let id = item["id"]?.string ?? ""
            let status = item["status"]?.string ?? ""
            table.add([
                .init(String(id.prefix(shortID)), exact: id, style: .bold), .init(status, style: .state(status)),
                .init(item["endpoint"]?.string ?? ""), .init(command(item)), .init(item["requested_by"]?.string ?? ""),
                .init(age(item["requested_at"], now: now), exact: item["requested_at"]?.string ?? ""),
                .init(timeLeft(item, now: now), exact: item["expires_at"]?.string ?? "", style: hurry(item, now: now)),
            ])
        }
        return table
    }

    static func details(_ item: JSONValue, body: [UInt8]?, now: Int64, colours: Bool) -> String {
        var fields = Fields()
        let status = item["status"]?.string ?? "unknown"
        fields.add("approval", item["id"]?.string, style: .bold)
        fields.add("status", status, style: .state(status))
        fields.add("endpoint", item["endpoint"]?.string)
        if item["endpoint_changed"]?.bool == true {
            fields.add("", "the endpoint was changed since; what is shown here is what would run", style: .yellow)
        }
        fields.add("command", item["command"]?.string)
        fields.add("will run", words(item["argv"]))
        for member in item["arguments"]?.object?.members ?? [] { fields.add("argument", "\(member.key) = \(plainText(member.value))") }
        fields.add("working dir", item["working_dir"]?.string)
        fields.add("timeout", item["timeout"]?.int.map { "\($0) s" })
        for script in item["scripts"]?.array ?? [] {
            fields.add("script", "\(script["path"]?.string ?? "") (SHA-256 \(script["sha256"]?.string ?? "unknown"))")
        }
        fields.add("requested by", requester(item))
        fields.add("asks because", item["gate_reason"]?.string)
        fields.add("event", item["event"]?.string)
        fields.add("delivery", item["delivery_id"]?.string)
        fields.add("requested", instantWithDistance(item["requested_at"], now: now))
        fields.add("expires", status == "pending" ? instantWithDistance(item["expires_at"], now: now) : nil)
        fields.add("decided", decision(item, now: now))
        fields.add("reason", item["reason"]?.string)
        fields.add("run", item["run_id"]?.string)
        fields.add("digest", item["digest"]?.string)
        return fields.rendered(colours: colours) + self.body(body, size: item["stdin_bytes"]?.int ?? 0, colours: colours)
    }

    /// The words that would be executed, else the command as it is written.
    static func command(_ item: JSONValue) -> String { item["command"]?.string ?? words(item["argv"]) ?? "" }

    /// `denied by Anna (link)`, for an approval that is no longer pending.
    static func outcome(_ item: JSONValue) -> String {
        let status = item["status"]?.string ?? "in an unknown state"
        let by = item["decided_by"]?.string.map { " by \($0)" } ?? ""
        let via = item["decided_via"]?.string.map { " (\($0))" } ?? ""
        let at = item["decided_at"]?.string.map { " at \($0)" } ?? ""
        let reason = item["reason"]?.string.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
        return visible(status + by + via + at + reason)
    }

    private static func words(_ value: JSONValue?) -> String? {
        value?.array.map { shellWords($0.map(plainText)) }
    }

    private static func plainText(_ value: JSONValue) -> String { value.string ?? value.encodedText() }

    private static func requester(_ item: JSONValue) -> String? {
        guard let name = item["requested_by"]?.string else { return item["source"]?.string }
        guard let source = item["source"]?.string, source != name else { return name }
        return "\(name) (\(source))"
    }

    private static func decision(_ item: JSONValue, now: Int64) -> String? {
        guard let when = instantWithDistance(item["decided_at"], now: now) else { return nil }
        return when + (item["decided_by"]?.string.map { " by \($0)" } ?? "") + (item["decided_via"]?.string.map { ", \($0)" } ?? "")
    }

    private static func timeLeft(_ item: JSONValue, now: Int64) -> String {
        guard item["status"]?.string == "pending", let end = instant(item["expires_at"]) else { return "-" }
        return shortDuration(seconds: end - now / 1_000_000)
    }

    /// Less than five minutes are left.
    private static func hurry(_ item: JSONValue, now: Int64) -> Style {
        guard item["status"]?.string == "pending", let end = instant(item["expires_at"]) else { return .dim }
        return end - now / 1_000_000 < 300 ? .red : .plain
    }

    private static func body(_ bytes: [UInt8]?, size: Int, colours: Bool) -> String {
        guard let bytes, !bytes.isEmpty else { return "" }
        let heading = Style.dim.apply("standard input, \(max(size, bytes.count)) bytes:", colours: colours)
        var text = visible(bytes, limit: shownBody)
        if !text.hasSuffix("\n") { text += "\n" }
        let left = bytes.count - shownBody
        return "\n" + heading + "\n" + text + (left > 0 ? "... and \(left) bytes more\n" : "")
    }
}

/// How long ago an instant was.
func age(_ value: JSONValue?, now: Int64) -> String {
    instant(value).map { shortDuration(seconds: now / 1_000_000 - $0) } ?? "-"
}
