import Foundation
import SQLite
import TestKit

/// What a database says about the promises made by its server. Empty: all were kept.
struct Verdict {
    private(set) var problems: [String] = []
    private(set) var lost = 0
    private(set) var stored = 0

    var isClean: Bool { problems.isEmpty && lost == 0 }

    init(database: String, ledger: Ledger) {
        do {
            try examine(try Connection(path: database, mode: .readOnly), ledger)
        } catch {
            problems.append("the database cannot be read: \(error)")
            lost = ledger.count
        }
        problems += ledger.complaints
    }

    private struct Row {
        var deliveries: Int64 = 0
        var approvals: Int64 = 0
        var body: [UInt8] = []
    }

    private mutating func examine(_ connection: Connection, _ ledger: Ledger) throws {
        for line in try connection.prepare("PRAGMA integrity_check").map({ $0.text(0) }) where line != "ok" { problems.append(line) }
        if try !connection.prepare("PRAGMA foreign_key_check").map({ $0.text(0) }).isEmpty {
            problems.append("a foreign key points nowhere")
        }
        var rows: [String: Row] = [:]
        let statement = try connection.prepare(
            """
            SELECT d.sender_id, count(DISTINCT d.id), count(a.id), max(b.bytes) FROM deliveries d
            LEFT JOIN approvals a ON a.id = d.call_id LEFT JOIN bodies b ON b.id = d.body_id GROUP BY d.sender_id
            """)
        try statement.forEach { rows[$0.text(0)] = Row(deliveries: $0.integer(1), approvals: $0.integer(2), body: $0.blob(3)) }
        stored = rows.count
        for (id, row) in rows where row.deliveries != 1 || row.approvals != 1 {
            problems.append("\(id) has \(row.deliveries) deliveries and \(row.approvals) approvals")
        }
        for promise in ledger.promises {
            guard let row = rows[promise.id] else {
                lost += 1
                continue
            }
            if row.body != Sender.body(promise.id) { problems.append("\(promise.id) is stored with another body") }
        }
        let approvals = try connection.integer("SELECT count(*) FROM approvals")
        let calls = try connection.integer("SELECT count(*) FROM calls")
        let unlike = "SELECT count(*) FROM approvals a WHERE (a.status = 'pending') <> EXISTS (SELECT 1 FROM pending_approvals p WHERE p.id = a.id)"
        if try connection.integer(unlike) != 0 { problems.append("approvals and the table of those that wait disagree") }
        if approvals != calls || calls != Int64(rows.count) {
            problems.append("\(rows.count) deliveries, \(calls ?? 0) calls, \(approvals ?? 0) approvals")
        }
    }
}

/// Sends up to `limit` of the promised deliveries once more, as a sender does that missed the answer.
func repeatPromises(_ ledger: Ledger, port: UInt16, limit: Int, _ random: inout SplitMix64) throws {
    let sender = try Sender(port: port)
    for promise in ledger.promises.shuffled(using: &random).prefix(limit) { try sender.sendAgain(promise, ledger) }
}
