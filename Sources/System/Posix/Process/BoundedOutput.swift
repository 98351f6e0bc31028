/// Keeps the beginning and the end of a stream of any length in bounded memory: three quarters of the limit at the head, the rest at the
/// tail. Memory grows with what came, not with the limit.
struct BoundedOutput {
    private let headLimit: Int
    private let tailLimit: Int
    private var head: [UInt8] = []
    /// A ring once it is full; `oldest` is then its first byte.
    private var tail: [UInt8] = []
    private var oldest = 0
    private(set) var total = 0

    /// `limit` in bytes; a negative one counts as 0.
    init(limit: Int) {
        let limit = max(limit, 0)
        tailLimit = limit / 4
        headLimit = limit - tailLimit
    }

    var cutBytes: Int { total - head.count - tail.count }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        let first = min(headLimit - head.count, bytes.count)
        head.append(contentsOf: bytes[..<first])
        keepLast(UnsafeRawBufferPointer(rebasing: bytes[first...]))
    }

    private mutating func keepLast(_ bytes: UnsafeRawBufferPointer) {
        var rest = UnsafeRawBufferPointer(rebasing: bytes.suffix(tailLimit))
        guard !rest.isEmpty else { return }
        if tail.count < tailLimit {
            let count = min(tailLimit - tail.count, rest.count)
            tail.append(contentsOf: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        while !rest.isEmpty {
            let count = min(tailLimit - oldest, rest.count)
            tail.withUnsafeMutableBytes { $0[oldest..<(oldest + count)].copyBytes(from: rest[..<count]) }
            oldest = (oldest + count) % tailLimit
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Everything when nothing was cut; else head, `[... N bytes cut ...]` on a line of its own, tail.
    func joined() -> [UInt8] {
        var joined: [UInt8] = []
        joined.reserveCapacity(head.count + tail.count + 48)
        joined += head
        if cutBytes > 0 {
            if let last = head.last, last != UInt8(ascii: "\n") { joined.append(UInt8(ascii: "\n")) }
            joined += "[... \(cutBytes) bytes cut ...]\n".utf8
        }
        joined += tail[oldest...]
        joined += tail[..<oldest]
        return joined
    }
}
