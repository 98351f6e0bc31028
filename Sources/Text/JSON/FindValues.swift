internal import Bytes

/// The values that were found at the paths of a set. Valid as long as the bytes that they were found in.
package struct FoundValues {
    private let bytes: UnsafeRawBufferPointer
    private let items: [Item]

    fileprivate struct Item {
        let slot: Int
        let range: Range<Int>
    }

    fileprivate init(bytes: UnsafeRawBufferPointer, items: [Item]) {
        self.bytes = bytes
        self.items = items
    }

    /// The text of the value at a path; nil where there is none.
    package func value(_ slot: Int) -> UnsafeRawBufferPointer? {
        items.first { $0.slot == slot }.map { bytes.part($0.range.lowerBound, $0.range.upperBound) }
    }

    /// The texts of all values at a path, in their order.
    package func values(_ slot: Int) -> [UnsafeRawBufferPointer] {
        items.filter { $0.slot == slot }.map { bytes.part($0.range.lowerBound, $0.range.upperBound) }
    }
}

extension JSONPathSet {
    /// No more values than this are found in one text.
    package static let foundLimit = 4096

    /// Looks for the paths in one pass over `bytes`, which are checked as a whole, and builds nothing.
    ///
    /// A key that occurs twice in an object through which a path leads is refused: whoever reads the text later might take the other one.
    /// - Throws: `JSONError` for that, for what is no JSON, and for more than `foundLimit` values.
    package func find(in bytes: UnsafeRawBufferPointer, maxDepth: Int = 64) throws(JSONError) -> FoundValues {
        var finder = Finder(scanner: Scanner(bytes, maxDepth: maxDepth), levels: levels)
        do {
            try finder.run(all: paths.count == 128 ? UInt128.max : (1 << UInt128(paths.count)) - 1)
        } catch {
            throw JSONError(error, in: bytes)
        }
        return FoundValues(bytes: bytes, items: finder.items)
    }
}

/// Walks as the validator does. `paths` are those whose steps led to the value at hand.
private struct Finder {
    var scanner: Scanner
    let levels: [JSONPathSet.Level]
    var items: [FoundValues.Item] = []

    mutating func run(all paths: UInt128) throws(JSONFault) {
        items.reserveCapacity(8)
        try scanner.start()
        try value(depth: 0, paths)
        try scanner.finish()
    }

    private mutating func value(depth: Int, _ paths: UInt128) throws(JSONFault) {
        guard !scanner.atEnd else { throw scanner.fault(.expectedValue) }
        let start = scanner.position
        switch scanner.bytes[start] {
        case ASCII.quote: _ = try scanner.scanString()
        case 0x7B: try object(depth: depth + 1, paths)
        case 0x5B: try array(depth: depth + 1, paths)
        case 0x74: try scanner.scanWord("true")
        case 0x66: try scanner.scanWord("false")
        case 0x6E: try scanner.scanWord("null")
        case ASCII.minus, ASCII.zero...ASCII.nine: try scanner.scanNumber()
        default: throw scanner.faultWhereValueIsExpected()
        }
        if paths == 0 { return }
        var ended = paths & levels[depth].ending
        while ended != 0 {
            guard items.count < JSONPathSet.foundLimit else { throw scanner.fault(.tooManyValues(JSONPathSet.foundLimit), at: start) }
            items.append(.init(slot: Int(ended.trailingZeroBitCount), range: start..<scanner.position))
            ended &= ended - 1
        }
    }

    private mutating func object(depth: Int, _ paths: UInt128) throws(JSONFault) {
        let opening = try scanner.open(depth: depth)
        if scanner.close(0x7D) { return }
        let wanted = paths == 0 ? 0 : paths & levels[depth - 1].anyKey
        var seen: UInt128 = 0
        while true {
            let start = scanner.position
            let (range, escaped) = try scanner.scanKey(opening: opening)
            var next: UInt128 = 0
            if wanted != 0 {
                next = wanted & matching(scanner.bytes.part(range.lowerBound, range.upperBound), escaped, depth - 1)
                if next & seen != 0 {
                    throw scanner.fault(.duplicateKey(unescape(scanner.bytes.part(range.lowerBound, range.upperBound))), at: start)
                }
                seen |= next
            }
            try value(depth: depth, next)
            if try scanner.closeOrComma(0x7D, opening: opening) { return }
        }
    }

    private func matching(_ key: UnsafeRawBufferPointer, _ escaped: Bool, _ level: Int) -> UInt128 {
        let name = escaped ? Array(unescape(key).utf8) : []
        for wanted in levels[level].keys {
            let isEqual = escaped ? wanted.name == name : wanted.name.withUnsafeBytes { bytesEqual($0, key) }
            if isEqual { return wanted.paths }
        }
        return 0
    }

    private mutating func array(depth: Int, _ paths: UInt128) throws(JSONFault) {
        let opening = try scanner.open(depth: depth)
        if scanner.close(0x5D) { return }
        let every = paths == 0 ? 0 : paths & levels[depth - 1].all
        let some = paths == 0 ? 0 : paths & levels[depth - 1].anyIndex
        var index = 0
        while true {
            if scanner.atEnd { throw scanner.fault(.unclosed, at: opening) }
            var next = every
            if some != 0, let wanted = levels[depth - 1].indices.first(where: { $0.index == index }) { next |= some & wanted.paths }
            try value(depth: depth, next)
            index += 1
            if try scanner.closeOrComma(0x5D, opening: opening) { return }
        }
    }
}
