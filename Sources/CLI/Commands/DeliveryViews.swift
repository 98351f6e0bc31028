internal import Bytes
internal import JSON

/// How deliveries look in a list and alone.
enum DeliveryViews {
    static func table(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("ID"), .init("VERDICT"), .init("ENDPOINT", yields: true), .init("SOURCE"), .init("EVENT", yields: true),
            .init("SENDER'S ID", yields: true), .init("SEEN", alignsRight: true), .init("BYTES", alignsRight: true),
            .init("AGE", alignsRight: true),
        ])
        for item in items {
            let id = item["id"]?.string ?? ""
            let verdict = item["verdict"]?.string ?? ""
            let size = item["body_bytes"]?.int.map(String.init)
            table.add([
                .init(String(id.prefix(ApprovalViews.shortID)), exact: id, style: .bold), .init(verdict, style: style(verdict)),
                .init(item["endpoint"]?.string ?? ""), .init(item["source"]?.string ?? ""),
                .init(item["event"]?.string ?? "-", exact: item["event"]?.string ?? ""),
                .init(item["delivery_id"]?.string ?? "-", exact: item["delivery_id"]?.string ?? ""),
                .init(item["seen"]?.int.map(String.init) ?? ""), .init(size ?? "gone", exact: size ?? ""),
                .init(age(item["received_at"], now: now), exact: item["received_at"]?.string ?? ""),
            ])
        }
        return table
    }

    static func rejectedTable(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("AGE", alignsRight: true), .init("ENDPOINT", yields: true), .init("STATUS"), .init("PEER"),
            .init("CLAIMED ID", yields: true), .init("REASON", yields: true),
        ])
        for item in items {
            table.add([
                .init(age(item["received_at"], now: now), exact: item["received_at"]?.string ?? ""), .init(item["endpoint"]?.string ?? ""),
                .init(item["status"]?.int.map(String.init) ?? "", style: .red), .init(item["peer"]?.string ?? ""),
                .init(item["delivery_id"]?.string ?? "-", exact: item["delivery_id"]?.string ?? ""), .init(item["reason"]?.string ?? ""),
            ])
        }
        return table
    }

    /// Without headers and body.
    static func summary(_ item: JSONValue, now: Int64, colours: Bool) -> String {
        var fields = Fields()
        let verdict = item["verdict"]?.string ?? "unknown"
        fields.add("delivery", item["id"]?.string, style: .bold)
        fields.add("verdict", verdict, style: style(verdict))
        fields.add("left out by", item["reason"]?.string)
        fields.add("endpoint", item["endpoint"]?.string)
        fields.add("source", item["source"]?.string)
        fields.add("event", item["event"]?.string)
        fields.add("sender's id", item["delivery_id"]?.string)
        fields.add("received", instantWithDistance(item["received_at"], now: now))
        fields.add("from", item["peer"]?.string)
        if let seen = item["seen"]?.int, seen > 1 {
            fields.add("came", "\(seen) times, the last \(instantWithDistance(item["last_seen_at"], now: now) ?? "")")
        }
        fields.add("verified with", item["matched_secret"]?.int.map { "secret \($0)" })
        fields.add("requested by", item["requested_by"]?.string)
        fields.add("repeats", item["redelivery_of"]?.string)
        fields.add("redelivered as", item["redelivered_as"]?.array?.compactMap(\.string).joined(separator: ", "))
        fields.add("approval", item["approval_id"]?.string)
        fields.add("run", item["run_id"]?.string)
        fields.add("body", item["body_bytes"]?.int.map { "\($0) bytes" } ?? "no longer kept")
        return fields.rendered(colours: colours)
    }

    static func details(_ item: JSONValue, now: Int64, colours: Bool) -> String {
        func heading(_ text: String) -> String { "\n" + Style.dim.apply(text, colours: colours) + "\n" }
        var text = summary(item, now: now, colours: colours)
        let headers = item["headers"]?.array ?? []
        if !headers.isEmpty {
            text += heading("headers:")
            for header in headers { text += "\(visible(header["name"]?.string ?? "")): \(visible(header["value"]?.string ?? ""))\n" }
            if item["headers_cut"]?.bool == true { text += "... and more that were not kept\n" }
        }
        let body = item["body"]?.string.map { Array($0.utf8) } ?? item["body_base64"]?.string.flatMap { base64Decode($0) } ?? []
        guard !body.isEmpty else { return text }
        let shown = visible(body, limit: ApprovalViews.shownBody)
        text += heading("body:") + shown + (shown.hasSuffix("\n") ? "" : "\n")
        let left = (item["body_bytes"]?.int ?? body.count) - ApprovalViews.shownBody
        return left > 0 ? text + "... and \(left) bytes more: sluice deliveries body \(visible(item["id"]?.string ?? ""))\n" : text
    }

    /// What became of a redelivery.
    static func outcome(_ answer: JSONValue, colours: Bool) -> String {
        var fields = Fields()
        let status = answer["status"]?.string ?? "unknown"
        fields.add("status", status == "pending_approval" ? "waits for approval" : status, style: .bold)
        fields.add("delivery", answer["id"]?.string)
        fields.add("repeats", answer["redelivery_of"]?.string)
        fields.add("approval", answer["approval_id"]?.string)
        fields.add("decide", answer["approve_url"]?.string)
        fields.add("run", answer["run_id"]?.string)
        return fields.rendered(colours: colours)
    }

    private static func style(_ verdict: String) -> Style { verdict == "accepted" ? .green : .dim }
}
