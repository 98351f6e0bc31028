/// Reads a cron expression: the macros, the split into fields, and each field's items.
struct CronParser {
    let source: String
    let bytes: [UInt8]

    init(_ source: String) {
        self.source = source
        bytes = Array(source.utf8)
    }

    private static let macros: [(name: String, meaning: String)] = [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"),
    ]

    /// The five or six fields in the order of ``CronField``.
    func fields() throws(CronError) -> [CronFieldValue] {
        let words = split()
        if let first = words.first, bytes[first.lowerBound] == UInt8(ascii: "@") {
            return try CronParser(macro(first, followedBy: words.dropFirst())).fields()
        }
        guard 5...6 ~= words.count else { throw wrongCount(words) }
        let kinds = CronField.allCases.suffix(words.count)
        var result: [CronFieldValue] = []
        result.reserveCapacity(words.count)
        for (kind, word) in zip(kinds, words) {
            result.append(try CronFieldParser(source: source, bytes: bytes, field: kind).field(word))
        }
        return result
    }

    /// The words between runs of spaces and tabs, as UTF-8 offsets.
    private func split() -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start: Int?
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                if let from = start { words.append(from..<index) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let from = start { words.append(from..<bytes.count) }
        return words
    }

    private func wrongCount(_ words: [Range<Int>]) -> CronError {
        guard let first = words.first, let last = words.last else {
            return CronError(in: source, at: 0..<0, field: nil, problem: "is empty: an expression has 5 fields, or 6 with seconds first")
        }
        if words.count < 5 {
            let problem =
                "has \(words.count) field\(words.count == 1 ? "" : "s"): "
                + "there must be 5 (minute hour day-of-month month day-of-week), or 6 with seconds first"
            return CronError(in: source, at: first.lowerBound..<last.upperBound, field: nil, problem: problem)
        }
        let problem =
            "is too much: there must be 5 fields (minute hour day-of-month month day-of-week), "
            + "or 6 with seconds first; there is no year field"
        return CronError(in: source, at: words[6].lowerBound..<last.upperBound, field: nil, problem: problem)
    }

    /// The fields that a macro stands for.
    private func macro(_ word: Range<Int>, followedBy rest: ArraySlice<Range<Int>>) throws(CronError) -> String {
        let name = String(decoding: bytes[word].map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
        guard name != "@reboot" else {
            throw CronError(in: source, at: word, field: nil, problem: "is not possible here: there is no boot to run after")
        }
        guard let known = CronParser.macros.first(where: { $0.name == name }) else {
            let names = CronParser.macros.map(\.name).joined(separator: ", ")
            throw CronError(in: source, at: word, field: nil, problem: "is not a macro: there are \(names)")
        }
        guard let first = rest.first, let last = rest.last else { return known.meaning }
        let problem = "cannot follow \(name): a macro is the whole expression"
        throw CronError(in: source, at: first.lowerBound..<last.upperBound, field: nil, problem: problem)
    }
}
