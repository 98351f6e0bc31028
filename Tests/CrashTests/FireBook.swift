import SQLite
import TestKit
import TimeZones

/// What a database says became of the fires of each endpoint's schedule, by their planned times in seconds since 1970.
struct FireBook {
    struct Fires {
        /// How often each is accounted for: by a call that runs, by a record that it did not, by a question that waits.
        var counts: [Int64: Int] = [:]
        var calls: Set<Int64> = []
        /// The first and the last of each record, and its reason.
        var skipped: [(first: Int64, last: Int64, reason: String)] = []
        /// What each waiting question asks about.
        var questions: [[Int64]] = []
    }

    private(set) var endpoints: [String: Fires] = [:]
    private(set) var problems: [String] = []

    init(database: String) throws {
        let connection = try Connection(path: database, mode: .readOnly)
        let from = "FROM calls c JOIN endpoints e ON e.id = c.endpoint_id"
        for (name, event) in try connection.prepare("SELECT e.name, c.event \(from) JOIN runs r ON r.id = c.id WHERE c.source = 'schedule'")
            .map({ ($0.text(0), $0.text(1)) })
        {
            guard let time = Timestamp(rfc3339: event)?.seconds else {
                problems.append("a call of \(name) names no fire: \(event)")
                continue
            }
            count(name, [time])
            endpoints[name]?.calls.insert(time)
        }
        let records = "SELECT e.name, s.first_at, s.last_at, s.count, s.reason FROM skipped_fires s JOIN endpoints e ON e.id = s.endpoint_id"
        for (name, first, last, number, reason) in try connection.prepare(records).map({
            ($0.text(0), $0.integer(1) / 1_000_000, $0.integer(2) / 1_000_000, $0.integer(3), $0.text(4))
        }) {
            if (last - first) / 60 + 1 != number { problems.append("a record of \(name) counts \(number) fires from \(first) to \(last)") }
            count(name, Array(stride(from: first, through: last, by: 60)))
            endpoints[name]?.skipped.append((first, last, reason))
        }
        let questions = "SELECT e.name, a.missed \(from) JOIN approvals a ON a.id = c.id WHERE a.status = 'pending' AND a.missed IS NOT NULL"
        for (name, list) in try connection.prepare(questions).map({ ($0.text(0), $0.text(1)) }) {
            let times = list.split { !$0.isNumber }.compactMap { Int64($0) }.map { $0 / 1_000_000 }
            count(name, times)
            endpoints[name]?.questions.append(times)
        }
    }

    private mutating func count(_ name: String, _ times: [Int64]) {
        for time in times { endpoints[name, default: Fires()].counts[time, default: 0] += 1 }
    }

    /// How many fires of these times are not accounted for.
    func missing(_ names: [String], _ times: [Int64]) -> Int {
        names.reduce(0) { sum, name in sum + times.count { endpoints[name]?.counts[$0] == nil } }
    }

    /// What is not as it must be: each of the times once, and no other.
    func complaints(_ names: [String], _ times: [Int64]) -> [String] {
        let wanted = Set(times)
        return problems
            + names.flatMap { name -> [String] in
                let counts = endpoints[name]?.counts ?? [:]
                let (lost, strange) = (times.filter { counts[$0] == nil }, counts.keys.filter { !wanted.contains($0) }.sorted())
                let twice = counts.filter { $0.value > 1 }.keys.sorted()
                return [("lost", lost), ("not due", strange), ("twice", twice)].filter { !$0.1.isEmpty }.map { "\(name): \($0.0) \($0.1)" }
            }
    }
}
