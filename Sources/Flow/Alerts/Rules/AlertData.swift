internal import JSON

/// What a rule's row of the outbox says beyond its columns, as it is stored.
struct AlertData: Equatable {
    enum Hold: String { case pending, failing, running }

    /// What must hold at its time.
    var hold: Hold?
    /// From 1.
    var reminder = 0
    /// From 1, of an escalation.
    var step = 0
    /// Which of the step's targets; nil while it waits for its time.
    var target: Int?
    /// Failures in a row.
    var failures: Int?
    var refused: Refused?
    var digest: Digest?
    /// Others may join it until its time comes: under this name.
    var collects: String?
    /// What makes its group, where the rule groups.
    var group: String?
    /// The event that began the streak of failures that it is about.
    var streak: Int64?

    struct Refused: Equatable {
        var count: Int
        var window: Int
        var status: Int
        var reason: String
    }

    struct Digest: Equatable {
        var count = 0
        /// By endpoint, the first `namesKept` of them.
        var endpoints: [String: Int] = [:]
        /// At endpoints beyond these.
        var elsewhere = 0
        var first = Int64.max
        var last = Int64.min
        /// The lowest and the highest number among the calls.
        var firstCall = Int64.max
        var lastCall = Int64.min

        static let namesKept = 50

        mutating func add(endpoint: String?, at: Int64, call: Int64?) {
            count += 1
            let name = endpoint ?? ""
            if endpoints[name] != nil || endpoints.count < Self.namesKept { endpoints[name, default: 0] += 1 } else { elsewhere += 1 }
            first = min(first, at)
            last = max(last, at)
            if let call {
                firstCall = min(firstCall, call)
                lastCall = max(lastCall, call)
            }
        }

        mutating func add(_ other: Digest) {
            count += other.count
            for (name, number) in other.endpoints {
                if endpoints[name] != nil || endpoints.count < Self.namesKept { endpoints[name, default: 0] += number } else { elsewhere += number }
            }
            elsewhere += other.elsewhere
            first = min(first, other.first)
            last = max(last, other.last)
            firstCall = min(firstCall, other.firstCall)
            lastCall = max(lastCall, other.lastCall)
        }
    }
}

extension AlertData {
    /// Nil when there is nothing to say.
    var json: String? {
        guard self != AlertData() else { return nil }
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        if let hold { writer.member("hold", hold.rawValue) }
        if reminder > 0 { writer.member("reminder", reminder) }
        if step > 0 { writer.member("step", step) }
        if let target { writer.member("target", target) }
        if let failures { writer.member("failures", failures) }
        if let refused {
            writer.key("refused")
            writer.beginObject()
            writer.member("count", refused.count)
            writer.member("window", refused.window)
            writer.member("status", refused.status)
            writer.member("reason", refused.reason)
            writer.endObject()
        }
        if let digest {
            writer.key("digest")
            digest.write(to: &writer)
        }
        if let collects { writer.member("collects", collects) }
        if let group { writer.member("group", group) }
        if let streak { writer.member("streak", streak) }
        writer.endObject()
        return writer.text
    }

    /// What cannot be read counts as not there: it was written by this program.
    init(json: String?) {
        guard let value = json.flatMap({ try? parseJSON($0) }) else { return }
        hold = value["hold"]?.string.flatMap(Hold.init)
        reminder = value["reminder"]?.int ?? 0
        step = value["step"]?.int ?? 0
        target = value["target"]?.int
        failures = value["failures"]?.int
        collects = value["collects"]?.string
        group = value["group"]?.string
        streak = value["streak"]?.int64
        if let part = value["refused"] {
            refused = Refused(
                count: part["count"]?.int ?? 0, window: part["window"]?.int ?? 0, status: part["status"]?.int ?? 0,
                reason: part["reason"]?.string ?? "")
        }
        if let part = value["digest"] { digest = Digest(part) }
    }
}

extension AlertData.Digest {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("count", count)
        writer.key("endpoints")
        writer.beginObject()
        for (name, number) in endpoints.sorted(by: { $0.key < $1.key }) { writer.member(name, number) }
        writer.endObject()
        writer.member("elsewhere", elsewhere)
        writer.member("first", first)
        writer.member("last", last)
        if firstCall <= lastCall {
            writer.member("first_call", firstCall)
            writer.member("last_call", lastCall)
        }
        writer.endObject()
    }

    fileprivate init(_ value: JSONValue) {
        count = value["count"]?.int ?? 0
        for member in value["endpoints"]?.object?.members ?? [] { endpoints[member.key] = member.value.int ?? 0 }
        elsewhere = value["elsewhere"]?.int ?? 0
        first = value["first"]?.int64 ?? .max
        last = value["last"]?.int64 ?? .min
        firstCall = value["first_call"]?.int64 ?? .max
        lastCall = value["last_call"]?.int64 ?? .min
    }
}
