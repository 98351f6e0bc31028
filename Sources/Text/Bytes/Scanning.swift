import Glibc

extension UnsafeRawBufferPointer {
    /// Offset of the first `byte` at or after `start`, or nil. Searches with `memchr`.
    package func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start >= 0, start < count, let base = baseAddress else { return nil }
        guard let hit = memchr(base + start, Int32(byte), count - start) else { return nil }
        return UnsafeRawPointer(hit) - base
    }

    /// Offset of the first occurrence of `needle` at or after `start`, or nil; an empty needle is found at `start`.
    package func firstOffset(of needle: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard start >= 0, start <= count else { return nil }
        guard let first = needle.first else { return start }
        var offset = start
        while offset + needle.count <= count, let hit = firstOffset(of: first, from: offset) {
            guard hit + needle.count <= count else { return nil }
            if bytesEqual(UnsafeRawBufferPointer(rebasing: self[hit..<hit + needle.count]), needle) { return hit }
            offset = hit + 1
        }
        return nil
    }

    /// The part between `start` and `end` as a buffer that counts from zero; both bounds must lie inside.
    @inlinable
    package func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// The part without leading and trailing spaces and tabs (the OWS of RFC 9110).
    package func trimmingBlanks() -> UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, ASCII.isBlank(self[start]) { start += 1 }
        while end > start, ASCII.isBlank(self[end - 1]) { end -= 1 }
        return part(start, end)
    }
}

/// Whether two buffers hold the same bytes. Not for secrets: its time tells where they differ.
package func bytesEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0, let left = a.baseAddress, let right = b.baseAddress else { return true }
    return memcmp(left, right, a.count) == 0
}

/// Whether a buffer holds exactly the bytes of a literal. Not for secrets.
package func bytesEqual(_ a: UnsafeRawBufferPointer, _ b: StaticString) -> Bool {
    bytesEqual(a, UnsafeRawBufferPointer(start: b.utf8Start, count: b.utf8CodeUnitCount))
}

/// Whether two buffers are equal when A to Z and a to z count as the same; bytes above 127 must be equal.
package func asciiCaseInsensitiveEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where ASCII.lowercase(a[index]) != ASCII.lowercase(b[index]) { return false }
    return true
}

package func asciiCaseInsensitiveEqual(_ a: UnsafeRawBufferPointer, _ b: StaticString) -> Bool {
    asciiCaseInsensitiveEqual(a, UnsafeRawBufferPointer(start: b.utf8Start, count: b.utf8CodeUnitCount))
}

package func asciiCaseInsensitiveEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBytes { left in b.withUnsafeBytes { asciiCaseInsensitiveEqual(left, $0) } }
}

package func asciiCaseInsensitiveEqual(_ a: String, _ b: String) -> Bool {
    withBytes(of: a) { left in withBytes(of: b) { asciiCaseInsensitiveEqual(left, $0) } }
}

/// Calls `body` with the UTF-8 bytes of `text`, which stay valid only during the call.
package func withBytes<Result>(of text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    var copy = text
    return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}
