import Glibc

/// Octets in memory of their own that grows as they come and is given back as a whole.
struct GrowingBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    private(set) var count = 0

    init() {}

    deinit { Glibc.free(base) }

    var isEmpty: Bool { count == 0 }
    var free: Int { capacity - count }
    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: count) }
    /// Memory behind the octets, to be read into; follow with `grew`.
    var tail: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base.map { $0 + count }, count: capacity - count) }

    mutating func grew(by added: Int) { count += added }

    /// Makes the capacity at least `wanted`.
    mutating func reserve(_ wanted: Int) {
        guard wanted > capacity else { return }
        // The standard library ends the process when memory has run out; so does this.
        guard let grown = realloc(base, wanted) else { fatalError("out of memory") }
        base = grown
        capacity = wanted
    }

    @inline(__always) mutating func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress, source.count > 0 else { return }
        makeRoom(source.count)
        if let base { memcpy(base + count, start, source.count) }
        count += source.count
    }

    @inline(__always) mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    mutating func append(decimal value: Int) { append(value, radix: 10) }
    mutating func append(hexadecimal value: Int) { append(value, radix: 16) }

    private mutating func append(_ value: Int, radix: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = max(value, 0)
            var start = 20
            repeat {
                start -= 1
                let digit = UInt8(rest % radix)
                digits[start] = digit < 10 ? 0x30 + digit : 0x57 + digit
                rest /= radix
            } while rest > 0
            append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[start..<20])))
        }
    }

    /// Keeps `count` octets from `offset` on.
    mutating func keep(from offset: Int, count kept: Int) {
        if offset > 0, kept > 0, let base { memmove(base, base + offset, kept) }
        count = kept
    }

    mutating func removeAll() { count = 0 }

    mutating func release() {
        Glibc.free(base)
        base = nil
        capacity = 0
        count = 0
    }

    @inline(__always) private mutating func makeRoom(_ added: Int) {
        if count + added > capacity { reserve(max(count + added, capacity * 2, 1024)) }
    }
}
