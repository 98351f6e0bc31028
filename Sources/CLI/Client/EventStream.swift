internal import Bytes

/// Reads `text/event-stream` (HTML standard, section 9.2.6) as it arrives, cut anywhere: LF, CR and CRLF end a line, a byte order mark at
/// the start is skipped, comments and fields other than `data` are ignored, and an event that the end cuts off is dropped.
package struct EventStreamReader {
    private var line: [UInt8] = []
    private var data: [UInt8]?
    private var lastWasReturn = false
    private var isFirstLine = true
    /// A longer line or event is not kept: a server that never ends one must not fill the memory.
    private let limit: Int
    package private(set) var isOverfull = false

    package init(limit: Int = 16 * 1024 * 1024) { self.limit = limit }

    /// The data of the events that `bytes` completes.
    package mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            defer { lastWasReturn = byte == ASCII.carriageReturn }
            if byte == ASCII.lineFeed, lastWasReturn { continue }
            if byte == ASCII.lineFeed || byte == ASCII.carriageReturn {
                if let event = endLine() { events.append(event) }
            } else if line.count + (data?.count ?? 0) < limit {
                line.append(byte)
            } else {
                isOverfull = true
            }
        }
        return events
    }

    private mutating func endLine() -> [UInt8]? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            defer { data = nil }
            return data
        }
        let name = line.prefix { $0 != ASCII.colon }
        guard name.elementsEqual("data".utf8) else { return nil }
        var value = line.dropFirst(name.count + 1)
        if value.first == ASCII.space { value = value.dropFirst() }
        if data == nil { data = Array(value) } else { data?.append(contentsOf: [ASCII.lineFeed] + value) }
        return nil
    }
}
