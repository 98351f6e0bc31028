internal import JSON

/// How runs look in a list and alone.
enum RunViews {
    static func table(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("ID"), .init("STATUS"), .init("ENDPOINT", yields: true), .init("COMMAND", yields: true),
            .init("REQUESTED BY", yields: true), .init("EXIT", alignsRight: true), .init("DURATION", alignsRight: true),
            .init("AGE", alignsRight: true),
        ])
        for item in items {
            let id = item["id"]?.string ?? ""
            let status = item["status"]?.string ?? ""
            table.add([
                .init(String(id.prefix(ApprovalViews.shortID)), exact: id, style: .bold), .init(status, style: .state(status)),
                .init(item["endpoint"]?.string ?? ""), .init(item["command"]?.string ?? ""), .init(item["requested_by"]?.string ?? ""),
                .init(item["exit_code"]?.int.map(String.init) ?? "-", exact: item["exit_code"]?.int.map(String.init) ?? ""),
                .init(duration(item) ?? "-", exact: item["duration_ms"]?.int.map(String.init) ?? ""),
                .init(age(item["queued_at"], now: now), exact: item["queued_at"]?.string ?? ""),
            ])
        }
        return table
    }

    static func details(_ item: JSONValue, now: Int64, colours: Bool) -> String {
        var fields = Fields()
        let status = item["status"]?.string ?? "unknown"
        fields.add("run", item["id"]?.string, style: .bold)
        fields.add("status", status, style: .state(status))
        fields.add("endpoint", item["endpoint"]?.string)
        fields.add("command", item["command"]?.string)
        fields.add("requested by", item["requested_by"]?.string)
        fields.add("source", item["source"]?.string)
        fields.add("event", item["event"]?.string)
        fields.add("delivery", item["delivery_id"]?.string)
        fields.add("approval", item["approval_id"]?.string)
        fields.add("queued", instantWithDistance(item["queued_at"], now: now))
        fields.add("started", instantWithDistance(item["started_at"], now: now))
        fields.add("finished", instantWithDistance(item["finished_at"], now: now))
        fields.add("duration", duration(item))
        fields.add("exit code", item["exit_code"]?.int.map(String.init))
        fields.add("error", item["error"]?.string, style: .red)
        if let cut = item["output_cut_bytes"]?.int, cut > 0 { fields.add("output cut", "\(cut) bytes") }
        return fields.rendered(colours: colours) + output(item, colours: colours)
    }

    /// Whether the run has come to its end.
    static func isFinished(_ item: JSONValue) -> Bool {
        guard let status = item["status"]?.string else { return false }
        return status != "queued" && status != "running"
    }

    private static func duration(_ item: JSONValue) -> String? { item["duration_ms"]?.int64.map { runDuration(milliseconds: $0) } }

    private static func output(_ item: JSONValue, colours: Bool) -> String {
        guard let text = item["output"]?.string, !text.isEmpty else { return "" }
        let shown = visible(Array(text.utf8), limit: ApprovalViews.shownBody)
        let left = text.utf8.count - ApprovalViews.shownBody
        let more = left > 0 ? "... and \(left) bytes more: sluice runs logs \(visible(item["id"]?.string ?? ""))\n" : ""
        return "\n" + Style.dim.apply("output:", colours: colours) + "\n" + shown + (shown.hasSuffix("\n") ? "" : "\n") + more
    }
}
