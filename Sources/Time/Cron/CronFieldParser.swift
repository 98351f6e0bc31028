/// Reads the items of one field. All ranges are UTF-8 offsets in the expression.
struct CronFieldParser {
    let source: String
    let bytes: [UInt8]
    let field: CronField

    func field(_ word: Range<Int>) throws(CronError) -> CronFieldValue {
        if word.count == 1, bytes[word.lowerBound] == UInt8(ascii: "?"), field.isDay {
            return CronFieldValue(field: field, items: [.all(step: 1)], startsWithStar: true)
        }
        var items: [CronItem] = []
        var start = word.lowerBound
        while true {
            let end = find(",", in: start..<word.upperBound) ?? word.upperBound
            items.append(try item(start..<end, of: word))
            guard end < word.upperBound else { break }
            start = end + 1
        }
        return CronFieldValue(field: field, items: items, startsWithStar: bytes[word.lowerBound] == UInt8(ascii: "*"))
    }

    private func item(_ item: Range<Int>, of word: Range<Int>) throws(CronError) -> CronItem {
        guard !item.isEmpty else {
            throw error(word, "has an empty item: a list is written as in 1,2,3")
        }
        if contains("?", item) {
            throw error(item, field.isDay ? "is not allowed: ? must be the whole field" : "is not allowed: ? is for the day fields only")
        }
        let slash = find("/", in: item)
        let base = item.lowerBound..<(slash ?? item.upperBound)
        let step = try slash.map { at throws(CronError) in try self.step(at + 1..<item.upperBound, of: item) }
        guard !base.isEmpty else { throw error(item, "has nothing before the /; write */n, a-b/n or a/n") }
        if base.count == 1, bytes[base.lowerBound] == UInt8(ascii: "*") { return .all(step: step ?? 1) }
        if let special = try special(base, of: item) {
            guard step == nil else { throw error(item, "is not allowed: L, W and # take no step") }
            return special
        }
        if let dash = find("-", in: base) {
            let range = try self.range(base.lowerBound..<dash, dash + 1..<base.upperBound, of: item)
            return .range(range, step: step ?? 1)
        }
        let value = try self.value(base, of: item)
        guard let step else { return .value(value) }
        return .range(value...field.values.upperBound, step: step)
    }

    private func step(_ text: Range<Int>, of item: Range<Int>) throws(CronError) -> Int {
        guard !text.isEmpty else { throw error(item, "has no step after the /") }
        guard !contains("/", text) else { throw error(item, "has a second /; one step is all it may have") }
        guard let step = number(text) else {
            throw error(item, "has a step that is not a whole number of 1 or more")
        }
        guard step >= 1 else { throw error(item, "has a step of 0; the least is 1") }
        return step
    }

    private func range(_ low: Range<Int>, _ high: Range<Int>, of item: Range<Int>) throws(CronError) -> ClosedRange<Int> {
        guard !contains("-", high) else { throw error(item, "has a second -; a range is written as in 1-5") }
        guard !low.isEmpty, !high.isEmpty else { throw error(item, "is half a range; one is written as in 1-5, and there are no signs") }
        let first = try value(low, of: item)
        var last = try value(high, of: item)
        // People write FRI-SUN; for that a Sunday at the end counts as 7.
        if field == .dayOfWeek, last == 0, first > 0 { last = 7 }
        guard first <= last else { throw error(item, "runs backwards; write the two parts as a list, as in \(halves(low, high))") }
        return first...last
    }

    /// `22-2` could be meant as `22-23,0-2`.
    private func halves(_ low: Range<Int>, _ high: Range<Int>) -> String {
        let top = field == .dayOfWeek ? 6 : field.values.upperBound
        let names = field.names
        let bottom = field.values.lowerBound
        let written = { (value: Int) in names.isEmpty ? "\(value)" : "\(names[value - bottom])" }
        return "\(text(low))-\(written(top)),\(written(bottom))-\(text(high))"
    }

    /// A number of the field, or a name that stands for one.
    private func value(_ text: Range<Int>, of item: Range<Int>) throws(CronError) -> Int {
        if let number = number(text) {
            guard field.values ~= number else { throw error(item, "is out of range; the field takes \(field.allowed)") }
            return number
        }
        if let named = name(text) { return named }
        throw error(item, "cannot be read; the field takes \(field.allowed)")
    }

    /// The items that depend on the month: L, LW, nW, nL and n#k; nil if it is none of them.
    private func special(_ text: Range<Int>, of item: Range<Int>) throws(CronError) -> CronItem? {
        guard field.isDay, let last = text.last else { return nil }
        if field == .dayOfMonth {
            if isWord("L", text) { return .lastDay }
            if isWord("LW", text) { return .lastWorkday }
            guard isLetter("W", last) else { return nil }
            let day = text.lowerBound..<last
            guard !day.isEmpty, !contains("-", day) else { throw error(item, "is not allowed: W follows a single day, as in 15W") }
            return .workdayNearest(try value(day, of: item))
        }
        if let hash = find("#", in: text) {
            let weekday = text.lowerBound..<hash
            guard !contains("-", weekday) else { throw error(item, "is not allowed: # follows a single weekday, as in MON#1") }
            guard let k = number(hash + 1..<text.upperBound), 1...5 ~= k else {
                throw error(item, "is out of range; after the # comes a number from 1 to 5")
            }
            return .nthWeekday(try value(weekday, of: item), k)
        }
        guard isLetter("L", last) else { return nil }
        let weekday = text.lowerBound..<last
        guard !weekday.isEmpty, !contains("-", weekday) else {
            throw error(item, "is not allowed: in this field L follows a single weekday, as in FRIL")
        }
        return .lastWeekday(try value(weekday, of: item))
    }
}

/// The bytes below the grammar.
extension CronFieldParser {
    private func error(_ item: Range<Int>, _ problem: String) -> CronError {
        CronError(in: source, at: item, field: field, problem: problem)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private func find(_ mark: Unicode.Scalar, in range: Range<Int>) -> Int? {
        let byte = UInt8(ascii: mark)
        return range.first { bytes[$0] == byte }
    }

    private func contains(_ mark: Unicode.Scalar, _ range: Range<Int>) -> Bool {
        find(mark, in: range) != nil
    }

    private func isLetter(_ letter: Unicode.Scalar, _ index: Int) -> Bool {
        bytes[index] & 0xDF == UInt8(ascii: letter)
    }

    private func isWord(_ word: StaticString, _ range: Range<Int>) -> Bool {
        guard word.utf8CodeUnitCount == range.count else { return false }
        return zip(0..<range.count, range).allSatisfy { bytes[$1] & 0xDF == word.utf8Start[$0] }
    }

    /// ASCII digits only; numbers too long for any field stay too large for it.
    private func number(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var value = 0
        for index in range {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] else { return nil }
            value = min(value * 10 + Int(bytes[index] - UInt8(ascii: "0")), 1_000_000)
        }
        return value
    }

    private func name(_ range: Range<Int>) -> Int? {
        guard range.count == 3 else { return nil }
        return field.names.firstIndex { isWord($0, range) }.map { $0 + field.values.lowerBound }
    }
}
