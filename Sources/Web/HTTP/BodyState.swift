import Glibc

/// How far the body of a request has been read.
struct BodyState {
    /// Decoded octets lie at start..<end of the buffer.
    var start = 0
    var end = 0
    var limit = 0
    /// Of the declared length, or of the chunk.
    var remaining = 0
    /// Of the chunk line, without its end.
    var lineLength = 0
    var extensionLength = 0
    var trailerLength = 0
    var trailerCount = 0

    var count: Int { end - start }
}

extension RequestParser {
    /// Body octets are moved down to where the decoded body ends, so that it is contiguous whatever the chunks were.
    func parseBody(_ buffer: UnsafeMutableRawBufferPointer) -> Parsed {
        while position < buffer.count {
            let outcome: Parsed?
            switch phase {
            case .fixed, .chunkData: outcome = moveData(buffer)
            case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed: outcome = parseTrailer(buffer[position])
            default: outcome = parseChunkLine(buffer[position])
            }
            if let outcome { return outcome }
        }
        // All was taken in: what follows is appended to the decoded octets.
        position = body.end
        kept = body.end
        return .needMore
    }

    private func moveData(_ buffer: UnsafeMutableRawBufferPointer) -> Parsed? {
        let count = min(body.remaining, buffer.count - position)
        if position != body.end, let base = buffer.baseAddress { memmove(base + body.end, base + position, count) }
        position += count
        body.end += count
        body.remaining -= count
        guard body.remaining == 0 else { return nil }
        if case .chunkData = phase {
            phase = .chunkDataEnd
            return nil
        }
        phase = .done
        return .complete
    }

    /// `1*HEXDIG [extensions] CR LF`, or the CR LF after the data of a chunk (RFC 9112 section 7.1).
    private func parseChunkLine(_ octet: UInt8) -> Parsed? {
        position += 1
        switch phase {
        case .chunkSizeFirst:
            body.lineLength = 0
            body.remaining = 0
            phase = .chunkSize
            return takeSizeDigit(octet) ?? .failed(status: 400)
        case .chunkSize:
            if octet == Octet.carriageReturn {
                phase = .chunkLineFeed
            } else if octet == 0x3B {
                phase = .chunkExtension
                return countExtension()
            } else {
                return takeSizeDigit(octet) ?? .failed(status: 400)
            }
        case .chunkExtension:
            // A quoted string holds neither CR nor LF, so the end of the line needs no look at quotes.
            if octet == Octet.carriageReturn {
                phase = .chunkLineFeed
            } else {
                guard Octet.isFieldValue(octet) else { return .failed(status: 400) }
                return countExtension()
            }
        case .chunkLineFeed:
            guard octet == Octet.lineFeed else { return .failed(status: 400) }
            phase = body.remaining == 0 ? .trailerStart : .chunkData
        case .chunkDataEnd:
            guard octet == Octet.carriageReturn else { return .failed(status: 400) }
            phase = .chunkDataLineFeed
        default:
            guard octet == Octet.lineFeed else { return .failed(status: 400) }
            phase = .chunkSizeFirst
        }
        return nil
    }

    /// Doubly optional: nil for an octet that is no digit, else the outcome of taking it. The size is compared with what is left
    /// of the limit before anything is added to the body.
    private func takeSizeDigit(_ octet: UInt8) -> Parsed?? {
        guard let digit = Octet.hexValue(octet) else { return nil }
        body.lineLength += 1
        if body.lineLength > limits.chunkLine { return .some(.failed(status: 400)) }
        let (shifted, overflow) = body.remaining.multipliedReportingOverflow(by: 16)
        if overflow || shifted > body.limit - body.count - digit { return .some(.failed(status: 413)) }
        body.remaining = shifted + digit
        return .some(nil)
    }

    private func countExtension() -> Parsed? {
        body.lineLength += 1
        body.extensionLength += 1
        let tooLong = body.lineLength > limits.chunkLine || body.extensionLength > limits.chunkExtensions
        return tooLong ? .failed(status: 400) : nil
    }

    /// Lines with the syntax of fields, dropped, up to an empty one (RFC 9112 section 7.1.2).
    private func parseTrailer(_ octet: UInt8) -> Parsed? {
        position += 1
        body.trailerLength += 1
        // The end of the section is not counted: an empty one is always allowed.
        if body.trailerLength > limits.trailerSection + 2 { return .failed(status: 431) }
        switch phase {
        case .trailerStart:
            if octet == Octet.carriageReturn {
                phase = .endLineFeed
                return nil
            }
            guard Octet.isToken(octet) else { return .failed(status: 400) }
            body.trailerCount += 1
            if fieldCount + body.trailerCount > limits.fields { return .failed(status: 431) }
            phase = .trailerName
        case .trailerName:
            if octet == 0x3A {
                phase = .trailerValue
            } else if !Octet.isToken(octet) {
                return .failed(status: 400)
            }
        case .trailerValue:
            if octet == Octet.carriageReturn {
                phase = .trailerLineFeed
            } else if !Octet.isFieldValue(octet) {
                return .failed(status: 400)
            }
        case .trailerLineFeed:
            guard octet == Octet.lineFeed else { return .failed(status: 400) }
            phase = .trailerStart
        default:
            guard octet == Octet.lineFeed else { return .failed(status: 400) }
            phase = .done
            return .complete
        }
        return nil
    }
}
