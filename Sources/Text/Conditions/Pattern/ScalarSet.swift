/// A set of Unicode scalars, as a class of a pattern describes it.
struct ScalarSet: Sendable, Equatable {
    /// ASCII, a bit for each.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)
    /// What lies above ASCII, in order, with a gap between each and the next.
    private var ranges: [ClosedRange<UInt32>] = []

    static func == (a: ScalarSet, b: ScalarSet) -> Bool { a.ascii == b.ascii && a.ranges == b.ranges }

    init() {}

    init(_ ranges: ClosedRange<UInt32>...) {
        for range in ranges { insert(range) }
    }

    static let digits = ScalarSet(0x30...0x39)
    static let wordParts = ScalarSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    static let spaces = ScalarSet(0x09...0x0D, 0x20...0x20)
    /// What `.` stands for.
    static let notLineFeed = ScalarSet(0x00...0x09, 0x0B...0x10FFFF)

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return ascii.low >> UInt64(scalar) & 1 != 0 }
        if scalar < 128 { return ascii.high >> UInt64(scalar - 64) & 1 != 0 }
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar
    }

    /// What it costs at most to ask for a scalar, in steps of a search.
    var cost: Int { max(1, Int.bitWidth - ranges.count.leadingZeroBitCount) }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        if range.lowerBound < 128 {
            for scalar in range.lowerBound...min(range.upperBound, 127) {
                if scalar < 64 { ascii.low |= 1 << UInt64(scalar) } else { ascii.high |= 1 << UInt64(scalar - 64) }
            }
        }
        if range.upperBound >= 128 { insertAboveASCII(max(range.lowerBound, 128)...range.upperBound) }
    }

    /// Joins the range with those that it overlaps or touches.
    private mutating func insertAboveASCII(_ range: ClosedRange<UInt32>) {
        let begin = ranges.firstIndex { $0.upperBound + 1 >= range.lowerBound } ?? ranges.count
        let end = ranges[begin...].firstIndex { $0.lowerBound > range.upperBound + 1 } ?? ranges.count
        guard begin < end else {
            ranges.insert(range, at: begin)
            return
        }
        let joined = min(range.lowerBound, ranges[begin].lowerBound)...max(range.upperBound, ranges[end - 1].upperBound)
        ranges.replaceSubrange(begin..<end, with: CollectionOfOne(joined))
    }

    mutating func formUnion(_ other: ScalarSet) {
        ascii.low |= other.ascii.low
        ascii.high |= other.ascii.high
        for range in other.ranges { insertAboveASCII(range) }
    }

    var inverted: ScalarSet {
        var result = ScalarSet()
        result.ascii = (~ascii.low, ~ascii.high)
        var next: UInt32 = 128
        for range in ranges {
            if range.lowerBound > next { result.ranges.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result.ranges.append(next...0x10FFFF) }
        return result
    }

    /// With each ASCII letter the other case of it.
    var foldingASCII: ScalarSet {
        var result = self
        for scalar in UInt32(0x41)...0x5A {
            if contains(scalar) { result.insert((scalar + 32)...(scalar + 32)) }
            if contains(scalar + 32) { result.insert(scalar...scalar) }
        }
        return result
    }
}
