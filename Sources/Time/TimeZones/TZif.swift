/// What a TZif file says (RFC 9636): offsets, when they change, and the rule for the time after the last change.
struct TZif: Sendable, Equatable {
    /// The offset before the first transition, seconds east of UTC.
    var initialOffset: Int
    /// UTC seconds, strictly ascending.
    var transitions: [Int64]
    /// The offset that begins at the transition of the same index.
    var offsets: [Int]
    /// From here on the rule holds. It may be later than the last of `transitions`: a new abbreviation alone is no change of offset.
    var lastTransition: Int64?
    var rule: PosixRule?

    /// Why a file is no use.
    enum Flaw: Error, Equatable {
        case notTZif
        case truncated
        case malformed(String)
        case leapSeconds
    }

    /// Instants this far from 1970 (in seconds) and farther do not occur in a proper file (RFC 9636, section 3.2).
    static let farthest: Int64 = 1 << 59

    /// Reads a whole file of any version; later versions are read as version 4.
    init(_ bytes: [UInt8]) throws(Flaw) {
        var header = try Header(bytes, at: 0)
        var wordSize = 4
        if header.version != 0 {
            // The first block is for readers of version 1: its size is all that matters.
            header = try Header(bytes, at: header.blockEnd(wordSize: 4))
            wordSize = 8
        }
        let end = header.blockEnd(wordSize: wordSize)
        guard end <= bytes.count else { throw .truncated }
        guard header.leapCount == 0 else { throw .leapSeconds }
        guard 1...256 ~= header.typeCount else { throw .malformed("it has \(header.typeCount) local time types") }

        let types = header.dataStart + header.timeCount * (wordSize + 1)
        var typeOffsets: [Int] = []
        for index in 0..<header.typeCount {
            let offset = Int(Int32(truncatingIfNeeded: bigEndian(bytes, at: types + index * 6, size: 4)))
            guard offset > -90_000, offset < 93_600 else { throw .malformed("an offset is out of range") }
            typeOffsets.append(offset)
        }
        initialOffset = typeOffsets[0]
        transitions = []
        offsets = []
        try readTransitions(bytes, header: header, wordSize: wordSize, typeOffsets: typeOffsets)
        if wordSize == 8 { try readFooter(bytes[end...]) }
    }

    private mutating func readTransitions(_ bytes: [UInt8], header: Header, wordSize: Int, typeOffsets: [Int]) throws(Flaw) {
        let typeIndices = header.dataStart + header.timeCount * wordSize
        var last = Int64.min
        var current = initialOffset
        for index in 0..<header.timeCount {
            let at = bigEndian(bytes, at: header.dataStart + index * wordSize, size: wordSize)
            let type = Int(bytes[typeIndices + index])
            guard at > last else { throw .malformed("its transitions are not in order") }
            guard at >= -TZif.farthest, at <= TZif.farthest else { throw .malformed("a transition is out of range") }
            guard type < typeOffsets.count else { throw .malformed("a transition has no local time type") }
            last = at
            lastTransition = at
            // A new abbreviation or saving flag with the old offset changes nothing on the clock.
            guard typeOffsets[type] != current else { continue }
            current = typeOffsets[type]
            transitions.append(at)
            offsets.append(current)
        }
    }

    private mutating func readFooter(_ footer: ArraySlice<UInt8>) throws(Flaw) {
        guard footer.first == UInt8(ascii: "\n"), let end = footer.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else { throw .truncated }
        let text = footer[(footer.startIndex + 1)..<end]
        guard !text.isEmpty else { return }
        guard let rule = PosixRule(text) else { throw .malformed("the rule at its end cannot be read") }
        self.rule = rule
    }

    /// The 44 octets before each data block (RFC 9636, section 3.1).
    private struct Header {
        let version: UInt8
        let dataStart: Int
        let utcFlagCount, standardFlagCount, leapCount, timeCount, typeCount, characterCount: Int

        init(_ bytes: [UInt8], at start: Int) throws(Flaw) {
            guard start + 44 <= bytes.count else { throw start == 0 ? .notTZif : .truncated }
            guard bytes[start..<start + 4].elementsEqual("TZif".utf8) else { throw .notTZif }
            version = bytes[start + 4]
            dataStart = start + 44
            func count(_ index: Int) -> Int {
                Int(UInt32(truncatingIfNeeded: bigEndian(bytes, at: start + 20 + index * 4, size: 4)))
            }
            (utcFlagCount, standardFlagCount, leapCount) = (count(0), count(1), count(2))
            (timeCount, typeCount, characterCount) = (count(3), count(4), count(5))
        }

        /// Where the block ends; counts have 32 bits, so this cannot overflow 64.
        func blockEnd(wordSize: Int) -> Int {
            dataStart + timeCount * (wordSize + 1) + typeCount * 6 + characterCount + leapCount * (wordSize + 4) + standardFlagCount
                + utcFlagCount
        }
    }
}

/// A signed number of 4 or 8 octets; the caller has checked that they are there.
private func bigEndian(_ bytes: [UInt8], at start: Int, size: Int) -> Int64 {
    var value: UInt64 = 0
    for index in start..<start + size { value = value << 8 | UInt64(bytes[index]) }
    return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
}
