internal import Bytes
internal import JSON
internal import Posix
internal import Synchronization

/// Memory for output that waits for slow clients, over all streams.
final class StreamBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int = 64 << 20) { self.limit = limit }

    func take(_ bytes: Int) -> Bool {
        if used.add(bytes, ordering: .relaxed).newValue <= limit { return true }
        used.subtract(bytes, ordering: .relaxed)
        return false
    }

    func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}

/// Output on its way to one client, as it came from the command; it is cut into lines and encoded only as the client takes it.
struct StreamQueue: Sendable {
    private struct Piece: Sendable {
        let source: OutputSource?
        var bytes: [UInt8]
        var taken = 0
    }

    /// Output that one client may be behind.
    private static let limit = 4 << 20
    /// What a piece costs beside its bytes, so that many small ones count too.
    private static let overhead = 64
    /// So much is encoded at a time; an octet may take sixty in an event.
    private static let slice = 4 << 10
    private static let joined = 16 << 10

    private var pieces: ArraySlice<Piece> = []
    private var stdout = LineCutter()
    private var stderr = LineCutter()
    private var replay = LineCutter()
    private var charged = 0
    private(set) var received = 0
    /// Bytes that were left out since the client is too far behind. What came after them was left out as well.
    private(set) var cut = 0

    /// Nil as source: a replay, in which the sources are not told apart.
    mutating func add(_ bytes: [UInt8], from source: OutputSource?, _ budget: StreamBudget) {
        received += bytes.count
        let cost = bytes.count + Self.overhead
        guard cut == 0, charged + cost <= Self.limit, budget.take(cost) else {
            cut += bytes.count
            return
        }
        charged += cost
        if let last = pieces.indices.last, pieces[last].source == source, pieces[last].bytes.count + bytes.count <= Self.joined {
            pieces[last].bytes += bytes
        } else {
            pieces.append(Piece(source: source, bytes: bytes))
        }
    }

    /// The events of the next few bytes; nil when nothing waits.
    mutating func next(_ budget: StreamBudget) -> [UInt8]? {
        guard let first = pieces.indices.first else {
            budget.give(charged)
            charged = 0
            return nil
        }
        let piece = pieces[first]
        let end = min(piece.taken + Self.slice, piece.bytes.count)
        let lines = cut(Array(piece.bytes[piece.taken..<end]), piece.source)
        if end == piece.bytes.count {
            pieces.removeFirst()
            budget.give(min(charged, piece.bytes.count))
            charged -= min(charged, piece.bytes.count)
            if pieces.isEmpty { pieces = [] }
        } else {
            pieces[first].taken = end
        }
        return Self.events(lines, piece.source)
    }

    /// The events of last lines without a line end.
    mutating func rest() -> [UInt8] {
        Self.events(stdout.rest(), .stdout) + Self.events(stderr.rest(), .stderr) + Self.events(replay.rest(), nil)
    }

    /// Lets go of everything.
    mutating func clear(_ budget: StreamBudget) {
        budget.give(charged)
        charged = 0
        pieces = []
    }

    private mutating func cut(_ bytes: [UInt8], _ source: OutputSource?) -> [String] {
        switch source {
        case .stdout: stdout.add(bytes)
        case .stderr: stderr.add(bytes)
        case nil: replay.add(bytes)
        }
    }

    private static func events(_ lines: [String], _ source: OutputSource?) -> [UInt8] {
        var events: [UInt8] = []
        for line in lines {
            events += serverSentEvent {
                $0.member("type", "output")
                $0.member("data", line)
                if let source { $0.member("stream", source == .stdout ? "stdout" : "stderr") }
            }
        }
        return events
    }
}

/// One event with a JSON object as its data (HTML standard, section 9.2.6).
func serverSentEvent(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(appendingTo: Array("data: ".utf8))
    writer.beginObject()
    fill(&writer)
    writer.endObject()
    return writer.bytes + [ASCII.lineFeed, ASCII.lineFeed]
}

/// Cuts a stream of bytes into lines of text. A carriage return before the line end goes with it; a line of more than 64 KiB is cut.
struct LineCutter: Sendable {
    private var pending: [UInt8] = []
    private static let limit = 64 << 10

    mutating func add(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == ASCII.lineFeed || pending.count == Self.limit {
                lines.append(take())
                if byte == ASCII.lineFeed { continue }
            }
            pending.append(byte)
        }
        return lines
    }

    /// A last line without a line end.
    mutating func rest() -> [String] { pending.isEmpty ? [] : [take()] }

    private mutating func take() -> String {
        if pending.last == ASCII.carriageReturn { pending.removeLast() }
        defer { pending.removeAll(keepingCapacity: true) }
        return lossyString(pending)
    }
}
