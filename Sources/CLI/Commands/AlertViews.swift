internal import JSON

/// How rules, notifications and silences look in a list and alone.
enum AlertViews {
    // MARK: Rules

    static func table(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("RULE", yields: true), .init("STATE"), .init("CONDITION"), .init("ENDPOINT", yields: true), .init("CHANNELS", yields: true),
            .init("ORIGIN"),
        ])
        for item in items {
            let state = state(item)
            table.add([
                .init(item["name"]?.string ?? "", style: .bold), .init(state, style: style(state)), .init(item["condition"]?.string ?? ""),
                .init(item["endpoint"]?.string ?? "all", exact: item["endpoint"]?.string ?? ""), .init(places(item).joined(separator: ", ")),
                .init(item["origin"]?.string ?? ""),
            ])
        }
        return table
    }

    private static func state(_ rule: JSONValue) -> String {
        rule["problem"]?.string != nil ? "broken" : rule["enabled"]?.bool == false ? "disabled" : "enabled"
    }

    private static func style(_ state: String) -> Style { state == "enabled" ? .green : state == "broken" ? .red : .dim }

    /// Where a rule or a step of it tells.
    private static func places(_ item: JSONValue) -> [String] {
        func pair(_ value: JSONValue) -> String {
            guard let channel = value["channel"]?.string else { return "" }
            return channel + (value["destination"]?.string.map { ": \($0)" } ?? "")
        }
        let own = item["channel"] == nil ? [] : [pair(item)]
        let listed = item["channels"]?.array ?? item["channels"].map { [$0] } ?? []
        return own + listed.map { $0.string ?? pair($0) }
    }

    static func details(_ item: JSONValue, colours: Bool) -> String {
        var fields = Fields()
        let state = state(item)
        fields.add("rule", item["name"]?.string, style: .bold)
        fields.add("state", state, style: style(state))
        fields.add("problem", item["problem"]?.string, style: .red)
        for warning in item["warnings"]?.array ?? [] {
            fields.add("warning", "\(warning["field"]?.string ?? ""): \(warning["message"]?.string ?? "")", style: .yellow)
        }
        fields.add("condition", item["condition"]?.string)
        for (index, place) in places(item).enumerated() { fields.add(index == 0 ? "tells" : "", place) }
        for step in item["escalate"]?.array ?? [] {
            fields.add("after \(step["after"].map(plain) ?? "?")", places(step).joined(separator: ", "))
        }
        let told: Set = [
            "name", "condition", "channel", "destination", "channels", "escalate", "enabled", "origin", "overridden", "updated_at", "problem",
            "warnings",
        ]
        for member in item.object?.members ?? [] where !told.contains(member.key) {
            fields.add(member.key, member.value.array.map { $0.map(plain).joined(separator: ", ") } ?? plain(member.value))
        }
        let isSwitched = item["overridden"]?.array?.isEmpty == false
        fields.add("origin", item["origin"]?.string.map { isSwitched ? "\($0), switched since" : $0 })
        fields.add("changed", item["updated_at"]?.string)
        return fields.rendered(colours: colours)
    }

    private static func plain(_ value: JSONValue) -> String { value.string ?? value.encodedText() }

    // MARK: Notifications

    /// Of a test: state, channel, destination, answer.
    static func outcomes(_ rows: [JSONValue]) -> Table {
        var table = Table([.init("STATE"), .init("CHANNEL"), .init("DESTINATION", yields: true), .init("ANSWER", yields: true)])
        for row in rows {
            let status = row["status"]?.string ?? "unknown"
            table.add([
                .init(status, style: notificationStyle(status)), .init(row["channel"]?.string ?? ""),
                .init(row["destination"]?.string ?? "-", exact: row["destination"]?.string ?? ""),
                .init(row["last_answer"]?.string ?? "-", exact: row["last_answer"]?.string ?? ""),
            ])
        }
        return table
    }

    static func notifications(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("ID"), .init("STATUS"), .init("KIND"), .init("RULE", yields: true), .init("CONDITION"), .init("ENDPOINT", yields: true),
            .init("TO", yields: true), .init("TRIES", alignsRight: true), .init("AGE", alignsRight: true), .init("ANSWER", yields: true),
        ])
        for item in items {
            func cell(_ key: String) -> Table.Cell { .init(item[key]?.string ?? "-", exact: item[key]?.string ?? "") }
            let id = item["id"]?.string ?? ""
            let status = item["status"]?.string ?? ""
            let place = item["channel"]?.string ?? item["destination"]?.string
            table.add([
                .init(id, style: .bold), .init(status, style: notificationStyle(status)),
                cell("kind"), cell("rule"), cell("condition"), cell("endpoint"),
                .init(place ?? "-", exact: place ?? ""),
                .init(item["attempts"]?.int.map(String.init) ?? ""),
                .init(age(item["created_at"], now: now), exact: item["created_at"]?.string ?? ""), cell("last_answer"),
            ])
        }
        return table
    }

    static func notification(_ item: JSONValue, now: Int64, colours: Bool) -> String {
        var fields = Fields()
        let status = item["status"]?.string ?? "unknown"
        fields.add("notification", item["id"]?.string, style: .bold)
        fields.add("status", status, style: notificationStyle(status))
        for key in ["kind", "rule", "condition", "event", "endpoint", "channel", "destination"] { fields.add(key, item[key]?.string) }
        fields.add("made", instantWithDistance(item["created_at"], now: now))
        fields.add("tries", item["attempts"]?.int.map(String.init))
        fields.add("due", instantWithDistance(item["due_at"], now: now))
        fields.add("settled", instantWithDistance(item["settled_at"], now: now))
        fields.add("last answer", item["last_answer"]?.string)
        fields.add("approval", item["approval_id"]?.string)
        fields.add("run", item["run_id"]?.string)
        return fields.rendered(colours: colours)
    }

    private static func notificationStyle(_ status: String) -> Style {
        switch status {
        case "sent": .green
        case "dead": .red
        case "pending", "waiting": .yellow
        default: .dim
        }
    }

    // MARK: Silences

    static func silences(_ items: [JSONValue], now: Int64) -> Table {
        var table = Table([
            .init("ID"), .init("RULES", yields: true), .init("ENDPOINTS", yields: true), .init("ENDS"), .init("BY", yields: true),
            .init("REASON", yields: true),
        ])
        for item in items {
            func pattern(_ key: String) -> Table.Cell { .init(item[key]?.string ?? "all", exact: item[key]?.string ?? "") }
            let end = item["until"]?.string ?? ""
            let left = instant(item["until"]).map { $0 - now / 1_000_000 } ?? 0
            table.add([
                .init(item["id"]?.string ?? "", style: .bold), pattern("rule"), pattern("endpoint"),
                .init(left > 0 ? "in \(shortDuration(seconds: left))" : "over", exact: end, style: left > 0 ? .yellow : .dim),
                .init(item["author"]?.string ?? ""), .init(item["reason"]?.string ?? ""),
            ])
        }
        return table
    }
}
