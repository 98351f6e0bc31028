/// What one call of the parser came to.
enum Parsed: Equatable {
    /// All octets were taken in; the first `RequestParser.kept` of them must be presented again, with more behind them.
    case needMore
    /// The head is complete and valid: decide, then call `beginBody` and parse on.
    case head
    /// The request ends at `RequestParser.position`.
    case complete
    /// Answer with this status and close; nothing can be read from this connection any more.
    case failed(status: Int)
}

/// Reads one request out of a buffer, octet by octet in one pass (RFC 9112). No I/O: the caller owns the buffer, presents it
/// from the first octet of the request, and may grow and move it between calls. Any cut of the input gives the same outcome.
///
/// After `complete` call `reset` and present the octets from `position` on; the parser has no other way into the next request.
final class RequestParser {
    enum Phase {
        case start, startLineFeed, method, target, version, requestLineFeed
        case fieldStart, name, value, fieldLineFeed, headLineFeed
        case headDone
        case fixed
        case chunkSizeFirst, chunkSize, chunkExtension, chunkLineFeed, chunkData, chunkDataEnd, chunkDataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed
        case done
        case failed(Int)
    }

    let limits: RequestLimits
    var phase = Phase.start
    /// Octets of the buffer that were taken in.
    var position = 0
    /// Octets to keep when more are needed: head and decoded body.
    var kept = 0

    var head = HeadFacts()
    var body = BodyState()
    /// Start of the element that is being read: line, name or value.
    var mark = 0
    var sectionStart = 0
    private var emptyLines = 0
    private(set) var fields: UnsafeMutableBufferPointer<FieldSpan>
    private(set) var fieldCount = 0

    init(limits: RequestLimits) {
        self.limits = limits
        fields = .allocate(capacity: min(32, max(limits.fields, 1)))
    }

    deinit { fields.deallocate() }

    func reset() {
        phase = .start
        position = 0
        kept = 0
        emptyLines = 0
        fieldCount = 0
        head = HeadFacts()
        body = BodyState()
    }

    /// Nothing of a request has come yet, not even an empty line.
    var isPristine: Bool {
        if case .start = phase { return emptyLines == 0 }
        return false
    }

    /// A request has begun: its header deadline runs.
    var hasBegun: Bool {
        if case .start = phase { return false }
        return true
    }

    /// Method and version are known, so that an answer can heed them.
    var isHeadKnown: Bool {
        switch phase {
        case .headDone, .done: true
        case .failed: body.start > 0
        default: isInBody
        }
    }

    var isInBody: Bool {
        switch phase {
        case .fixed, .chunkSizeFirst, .chunkSize, .chunkExtension, .chunkLineFeed, .chunkData, .chunkDataEnd, .chunkDataLineFeed,
            .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed:
            true
        default: false
        }
    }

    func parse(_ buffer: UnsafeMutableRawBufferPointer) -> Parsed {
        switch phase {
        case .failed(let status): return .failed(status: status)
        case .headDone: return .head
        case .done: return .complete
        default: break
        }
        let outcome = isInBody ? parseBody(buffer) : parseHead(UnsafeRawBufferPointer(buffer))
        if case .failed(let status) = outcome { phase = .failed(status) }
        return outcome
    }

    /// Once after `head`: what follows is read as the body that the head declares, of at most `limit` octets when chunked.
    func beginBody(limit: Int) {
        guard case .headDone = phase else { return }
        body.start = position
        body.end = position
        body.limit = limit
        if head.isChunked {
            phase = .chunkSizeFirst
        } else if let length = head.contentLength, length > 0 {
            body.remaining = length
            phase = .fixed
        } else {
            phase = .done
        }
    }

    // MARK: Head

    /// The element ends within the octets that may be looked at; `limit` is where the next limit lies.
    private func parseHead(_ bytes: UnsafeRawBufferPointer) -> Parsed {
        while true {
            let outcome: Parsed?
            switch phase {
            case .start, .startLineFeed: outcome = skipEmptyLines(bytes)
            case .method, .target, .version, .requestLineFeed: outcome = parseRequestLine(bytes)
            default: outcome = parseFields(bytes)
            }
            if let outcome {
                if case .start = phase, outcome == .needMore {
                    // Empty lines are not kept, so that an idle connection holds nothing.
                    position = 0
                    kept = 0
                } else {
                    kept = position
                }
                return outcome
            }
        }
    }

    private func skipEmptyLines(_ bytes: UnsafeRawBufferPointer) -> Parsed? {
        while position < bytes.count {
            let octet = bytes[position]
            if case .startLineFeed = phase {
                guard octet == Octet.lineFeed else { return .failed(status: 400) }
                emptyLines += 1
                if emptyLines > limits.emptyLines { return .failed(status: 400) }
                phase = .start
            } else if octet == Octet.carriageReturn {
                phase = .startLineFeed
            } else {
                mark = position
                phase = .method
                return nil
            }
            position += 1
        }
        return .needMore
    }

    /// Method, target and version: `mark` stays at the start of the line.
    private func parseRequestLine(_ bytes: UnsafeRawBufferPointer) -> Parsed? {
        let limit = mark + limits.requestLine
        while position < bytes.count {
            let octet = bytes[position]
            if position >= limit, octet != Octet.carriageReturn, octet != Octet.lineFeed { return .failed(status: 414) }
            switch phase {
            case .method:
                if octet == Octet.space {
                    guard position > mark else { return .failed(status: 400) }
                    head.method = Method(bytes.slice(mark, position))
                    head.targetStart = position + 1
                    phase = .target
                } else if !Octet.isToken(octet) {
                    return .failed(status: 400)
                }
            case .target:
                if octet == Octet.space {
                    head.targetEnd = position
                    phase = .version
                } else if !Octet.isTarget(octet) {
                    return .failed(status: 400)
                }
            case .version:
                guard head.takeVersion(octet, at: position - head.targetEnd - 1) else { return .failed(status: 400) }
                if octet == Octet.carriageReturn { phase = .requestLineFeed }
            default:
                guard octet == Octet.lineFeed else { return .failed(status: 400) }
                if head.majorVersion != 1 { return .failed(status: 505) }
                guard head.splitTarget(bytes) else { return .failed(status: 400) }
                position += 1
                sectionStart = position
                phase = .fieldStart
                return nil
            }
            position += 1
        }
        return .needMore
    }

    private func parseFields(_ bytes: UnsafeRawBufferPointer) -> Parsed? {
        let limit = sectionStart + limits.headerSection
        let end = min(bytes.count, limit)
        var index = position
        defer { position = index }
        while index < end {
            switch phase {
            case .name:
                while index < end, Octet.isToken(bytes[index]) { index += 1 }
                guard index < end else { break }
                guard bytes[index] == 0x3A else { return .failed(status: 400) }
                fields[fieldCount].nameEnd = UInt32(index)
                index += 1
                fields[fieldCount].valueStart = UInt32(index)
                phase = .value
            case .value:
                index = endOfValue(bytes, from: index, to: end)
                guard index < end else { break }
                guard bytes[index] == Octet.carriageReturn else { return .failed(status: 400) }
                fields[fieldCount].valueEnd = UInt32(index)
                index += 1
                phase = .fieldLineFeed
            case .fieldLineFeed:
                guard bytes[index] == Octet.lineFeed else { return .failed(status: 400) }
                index += 1
                finishField(bytes)
                phase = .fieldStart
            case .fieldStart:
                if bytes[index] == Octet.carriageReturn {
                    index += 1
                    phase = .headLineFeed
                } else {
                    guard Octet.isToken(bytes[index]) else { return .failed(status: 400) }
                    guard fieldCount < limits.fields else { return .failed(status: 431) }
                    growFields()
                    fields[fieldCount] = FieldSpan(nameStart: UInt32(index))
                    phase = .name
                }
            default:
                guard bytes[index] == Octet.lineFeed else { return .failed(status: 400) }
                index += 1
                if let status = head.verdict() { return .failed(status: status) }
                phase = .headDone
                return .head
            }
        }
        return bytes.count > limit ? .failed(status: 431) : .needMore
    }

    private func growFields() {
        guard fieldCount == fields.count else { return }
        let grown = UnsafeMutableBufferPointer<FieldSpan>.allocate(capacity: fields.count * 2)
        _ = grown.update(fromContentsOf: fields)
        fields.deallocate()
        fields = grown
    }

    /// Trims the value and draws from the field what framing and connection need.
    private func finishField(_ bytes: UnsafeRawBufferPointer) {
        var field = fields[fieldCount]
        while field.valueStart < field.valueEnd, isBlank(bytes[Int(field.valueStart)]) { field.valueStart += 1 }
        while field.valueEnd > field.valueStart, isBlank(bytes[Int(field.valueEnd) - 1]) { field.valueEnd -= 1 }
        fields[fieldCount] = field
        fieldCount += 1
        head.note(
            name: bytes.slice(Int(field.nameStart), Int(field.nameEnd)),
            value: bytes.slice(Int(field.valueStart), Int(field.valueEnd)), at: Int(field.valueStart))
    }
}

@inline(__always) func isBlank(_ octet: UInt8) -> Bool { octet == Octet.space || octet == Octet.tab }

/// The first octet from `start` on that may not stand in a field value; eight at a time as long as all are plain.
@inline(__always) func endOfValue(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
    var index = start
    let ones: UInt64 = 0x0101_0101_0101_0101
    while index &+ 8 <= end {
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let control = (word &- ones &* 0x20) & ~word
        let delete = word ^ (ones &* 0x7F)
        if (control | ((delete &- ones) & ~delete)) & (ones &* 0x80) != 0 { break }
        index &+= 8
    }
    while index < end, Octet.isFieldValue(bytes[index]) { index &+= 1 }
    return index
}
