internal import Bytes

/// The texts, numbers, booleans and nulls at `paths` (at most 64) of a JSON value, found in the one pass that also checks all of its
/// syntax as `validateJSON` does; nothing else is built. So an event's id comes out of a body of 25 MiB without a tree of it.
///
/// A step of a path is a key, or the number of an element: `["actions", "0", "action_id"]`. Of a key that occurs twice the last one
/// counts, as most programs read it. Nil: not there, or an object or array.
package func findJSON(
    _ bytes: UnsafeRawBufferPointer, at paths: [[String]], maxDepth: Int = 64
) throws(JSONError) -> [JSONValue?] {
    var finder = MemberFinder(scanner: Scanner(bytes, maxDepth: maxDepth), paths: paths)
    do {
        try finder.run()
        return finder.found
    } catch {
        throw JSONError(error, in: bytes)
    }
}

private struct MemberFinder {
    var scanner: Scanner
    let paths: [[String]]
    var found: [JSONValue?]

    init(scanner: Scanner, paths: [[String]]) {
        self.scanner = scanner
        self.paths = Array(paths.prefix(64))
        found = Array(repeating: nil, count: paths.count)
    }

    mutating func run() throws(JSONFault) {
        try scanner.start()
        try value(depth: 0, open: paths.isEmpty ? 0 : UInt64.max >> UInt64(64 - paths.count))
        try scanner.finish()
    }

    /// - Parameters:
    ///   - depth: how many steps were made to come here, which is also how many brackets are open.
    ///   - open: the paths that lead here or further, one bit each.
    private mutating func value(depth: Int, open: UInt64) throws(JSONFault) {
        guard !scanner.atEnd else { throw scanner.fault(.expectedValue) }
        let start = scanner.position
        let ending = open == 0 ? 0 : bits(open) { paths[$0].count == depth }
        switch scanner.bytes[start] {
        case ASCII.quote:
            let escaped = try scanner.scanString()
            if ending != 0 { keep(.string(text(start + 1..<scanner.position - 1, escaped: escaped)), for: ending) }
        case 0x7B: try object(depth: depth, open: open)
        case 0x5B: try array(depth: depth, open: open)
        case 0x74:
            try scanner.scanWord("true")
            if ending != 0 { keep(.bool(true), for: ending) }
        case 0x66:
            try scanner.scanWord("false")
            if ending != 0 { keep(.bool(false), for: ending) }
        case 0x6E:
            try scanner.scanWord("null")
            if ending != 0 { keep(.null, for: ending) }
        case ASCII.minus, ASCII.zero...ASCII.nine:
            try scanner.scanNumber()
            if ending != 0 { keep(.number(JSONNumber(scanned: text(start..<scanner.position, escaped: false))), for: ending) }
        default: throw scanner.faultWhereValueIsExpected()
        }
    }

    private mutating func object(depth: Int, open: UInt64) throws(JSONFault) {
        let opening = try scanner.open(depth: depth + 1)
        if scanner.close(0x7D) { return }
        while true {
            let (range, escaped) = try scanner.scanKey(opening: opening)
            try value(depth: depth + 1, open: open == 0 ? 0 : step(open, depth, to: range, escaped: escaped))
            if try scanner.closeOrComma(0x7D, opening: opening) { return }
        }
    }

    private mutating func array(depth: Int, open: UInt64) throws(JSONFault) {
        let opening = try scanner.open(depth: depth + 1)
        if scanner.close(0x5D) { return }
        var index = 0
        while true {
            if scanner.atEnd { throw scanner.fault(.unclosed, at: opening) }
            try value(depth: depth + 1, open: open == 0 ? 0 : withBytes(of: String(index)) { step(open, depth, to: $0) })
            index += 1
            if try scanner.closeOrComma(0x5D, opening: opening) { return }
        }
    }

    // MARK: Paths

    private mutating func step(_ open: UInt64, _ depth: Int, to key: Range<Int>, escaped: Bool) -> UInt64 {
        let part = scanner.bytes.part(key.lowerBound, key.upperBound)
        return escaped ? withBytes(of: unescape(part)) { step(open, depth, to: $0) } : step(open, depth, to: part)
    }

    /// The paths that go on with `name`. What an earlier member of that name had under it is forgotten.
    private mutating func step(_ open: UInt64, _ depth: Int, to name: UnsafeRawBufferPointer) -> UInt64 {
        let next = bits(open) { path in
            paths[path].count > depth && withBytes(of: paths[path][depth]) { bytesEqual($0, name) }
        }
        if next != 0 { keep(nil, for: next) }
        return next
    }

    private mutating func keep(_ value: JSONValue?, for mask: UInt64) {
        for path in paths.indices where mask & 1 << UInt64(path) != 0 { found[path] = value }
    }

    private func bits(_ mask: UInt64, _ holds: (Int) -> Bool) -> UInt64 {
        var result: UInt64 = 0
        for path in paths.indices where mask & 1 << UInt64(path) != 0 && holds(path) { result |= 1 << UInt64(path) }
        return result
    }

    private func text(_ range: Range<Int>, escaped: Bool) -> String {
        let part = scanner.bytes.part(range.lowerBound, range.upperBound)
        return escaped ? unescape(part) : String(decoding: part, as: UTF8.self)
    }
}
