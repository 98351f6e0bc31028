import Diagnostics
import Testing

@testable import YAML

/// A document, and its JSON or the error that it gives.
struct Row: Sendable {
    let title: String
    let yaml: String
    let expected: String

    init(_ title: String, _ yaml: String, _ expected: String) {
        self.title = title
        self.yaml = yaml
        self.expected = expected
    }
}

/// The JSON of a document, or `line:column: message`.
func outcome(of yaml: [UInt8], pretty: Bool = false) -> String {
    do {
        return String(decoding: try writeJSON(try parseYAML(yaml), pretty: pretty), as: UTF8.self)
    } catch {
        return summary(error.diagnostic)
    }
}

func outcome(of yaml: String) -> String { outcome(of: Array(yaml.utf8)) }

func summary(_ diagnostic: Diagnostic) -> String {
    guard let position = diagnostic.position else { return diagnostic.message }
    return "\(position.line):\(position.column): \(diagnostic.message)"
}

private let tables: [(name: String, rows: [Row])] = [
    ("standard", standardExamples), ("standard styles", standardStyleExamples), ("collections", collectionRows),
    ("flow scalars", flowScalarRows), ("block scalars", blockScalarRows), ("anchors", anchorRows),
]

@Test func everyValidDocumentMeansItsJSON() {
    for table in tables {
        for row in table.rows {
            #expect(outcome(of: row.yaml).utf8.elementsEqual(row.expected.utf8), "\(table.name), \(row.title): \(outcome(of: row.yaml))")
        }
    }
    #expect(tables.reduce(0) { $0 + $1.rows.count } > 250)
}

@Test func everyInvalidDocumentIsRefusedAtItsPlace() {
    for row in refusedRows {
        #expect(outcome(of: row.yaml) == row.expected, "\(row.title)")
    }
    #expect(refusedRows.count > 120)
}

@Test func lineBreaksOfEveryKindMeanTheSame() {
    // Where a CR is text, in quotes, it is folded like any break; so no row differs but those that hold a CR already.
    for table in tables {
        for row in table.rows where !row.yaml.utf8.contains(0x0D) {
            let crlf = row.yaml.utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
            let cr = row.yaml.utf8.map { $0 == 0x0A ? 0x0D : $0 }
            #expect(outcome(of: crlf) == row.expected, "CRLF, \(row.title)")
            #expect(outcome(of: cr) == row.expected, "CR, \(row.title)")
        }
    }
    for row in refusedRows where !row.yaml.utf8.contains(0x0D) {
        #expect(outcome(of: row.yaml.utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }) == row.expected, "CRLF, \(row.title)")
    }
}

@Test func aByteOrderMarkChangesNothing() {
    for row in tables.flatMap(\.rows) + refusedRows where !row.yaml.hasPrefix("\u{FEFF}") {
        #expect(outcome(of: [0xEF, 0xBB, 0xBF] + Array(row.yaml.utf8)) == row.expected, "\(row.title)")
    }
}
