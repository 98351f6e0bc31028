internal import Bytes

/// A name and a value as they lie in the connection's buffer.
package typealias HeaderView = (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)

/// So much of a delivery's headers is kept.
package let keptHeadersLimit = 8 << 10
/// What stands for a secret's value.
private let mask: StaticString = "***"
/// Behind headers that were cut: no header, since it has no colon.
package let headersCutMark = "..."

/// The headers of a delivery as one text, a line `name: value` each, in the order they came; signatures, tokens and whatever else proves who
/// sent it are masked, since whoever reads the database must not be able to send as them. At most 8 KiB; a line `...` says that there was more.
///
/// On the event loop, for every delivery: one allocation, and each byte is touched once.
/// - Parameter secrets: further names to be masked, such as the one that an endpoint's own settings say.
package func keptHeaders(_ headers: [HeaderView], masking secrets: [[UInt8]] = []) -> String {
    var size = 0
    // A masked value may be shorter than its mask.
    for header in headers { size += header.name.count + max(header.value.count, mask.utf8CodeUnitCount) + 3 }
    let capacity = min(size, keptHeadersLimit)
    let text = String(unsafeUninitializedCapacity: capacity) { buffer in
        var lines = HeaderLines(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<capacity]))
        for header in headers {
            let isSecret =
                isSecretHeader(header.name) || secrets.contains { $0.withUnsafeBytes { asciiCaseInsensitiveEqual($0, header.name) } }
            let value = isSecret ? UnsafeRawBufferPointer(start: mask.utf8Start, count: mask.utf8CodeUnitCount) : header.value
            if !lines.add(header.name, value) { break }
        }
        return lines.used
    }
    if text.utf8.count <= keptHeadersLimit { return text }
    // Octets that are no UTF-8 were replaced by longer ones.
    return String(decoding: text.utf8.prefix(keptHeadersLimit - 8), as: UTF8.self) + "\n\(headersCutMark)\n"
}

/// Writes lines into a buffer; one that does not fit is cut, and the mark put behind it.
private struct HeaderLines {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var used = 0
    /// Room that is kept for the mark and the end of a cut line, so that a text that is full can still say so.
    private static let reserve = 5

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        let wanted = name.count + value.count + 3
        let room = buffer.count - used
        // All of a text that is within the limit fits; only at the limit itself is there something to keep room for.
        if wanted + (buffer.count < keptHeadersLimit ? 0 : Self.reserve) <= room {
            append(name)
            append(": ")
            append(value)
            append("\n")
            return true
        }
        let left = room - Self.reserve - name.count - 2
        if left > 0 {
            append(name)
            append(": ")
            append(value.part(0, min(left, value.count)))
            append("\n")
        }
        append("...\n")
        return false
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let target = buffer.baseAddress, let source = bytes.baseAddress, bytes.count <= buffer.count - used else { return }
        (target + used).copyMemory(from: source, byteCount: bytes.count)
        used += bytes.count
    }

    private mutating func append(_ text: StaticString) { append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }
}

/// Whether a header's name says that its value is for nobody's eyes: `Authorization`, `Cookie`, `X-API-Key`, `X-Hub-Signature-256`,
/// `X-Gitlab-Token` and the like. A name that only looks like one costs a value that nobody needs.
func isSecretHeader(_ name: UnsafeRawBufferPointer) -> Bool {
    for start in 0..<name.count {
        let rest = name.count - start
        func says(_ word: StaticString) -> Bool {
            rest >= word.utf8CodeUnitCount && asciiCaseInsensitiveEqual(name.part(start, start + word.utf8CodeUnitCount), word)
        }
        // One look at the first letter: nearly all places of nearly all names end here.
        switch ASCII.lowercase(name[start]) {
        case UInt8(ascii: "a"): if says("auth") { return true }
        case UInt8(ascii: "b"): if says("bearer") { return true }
        case UInt8(ascii: "c"): if says("cookie") || says("credential") { return true }
        case UInt8(ascii: "h"): if says("hmac") { return true }
        case UInt8(ascii: "j"): if says("jwt") { return true }
        case UInt8(ascii: "k"): if says("key"), !isNoSecretKey(name.part(0, start)) { return true }
        case UInt8(ascii: "p"): if says("passw") { return true }
        case UInt8(ascii: "s"): if says("sig") || says("secret") || says("session") { return true }
        case UInt8(ascii: "t"): if says("token") { return true }
        default: break
        }
    }
    return false
}

/// `Idempotency-Key` names a delivery, `X-Event-Key` (Bitbucket) an event.
private func isNoSecretKey(_ before: UnsafeRawBufferPointer) -> Bool {
    func endsIn(_ word: StaticString) -> Bool {
        let start = before.count - word.utf8CodeUnitCount
        return start >= 0 && asciiCaseInsensitiveEqual(before.part(start, before.count), word)
    }
    return endsIn("idempotency-") || endsIn("event-")
}

/// Views of the lines of kept headers.
func headerViews(_ text: UnsafeRawBufferPointer) -> [HeaderView] {
    text.split(separator: ASCII.lineFeed).compactMap { slice in
        let line = UnsafeRawBufferPointer(rebasing: slice)
        guard let colon = line.firstOffset(of: ASCII.colon) else { return nil }
        return (line.part(0, colon), line.part(colon + 1, line.count).trimmingBlanks())
    }
}

/// Kept headers as names and values again, and whether some were cut.
package func readKeptHeaders(_ text: String) -> (fields: [(name: String, value: String)], isCut: Bool) {
    var fields: [(name: String, value: String)] = []
    var isCut = false
    for line in text.split(separator: "\n") {
        guard let colon = line.firstIndex(of: ":") else {
            isCut = isCut || line == headersCutMark
            continue
        }
        fields.append((String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
    }
    return (fields, isCut)
}
