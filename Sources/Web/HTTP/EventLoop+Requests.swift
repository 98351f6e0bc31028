import Posix
import Synchronization

/// Reading: octets to requests, requests to the handler.
extension EventLoop {
    func serve(_ connection: Connection, _ event: Epoll.Event) {
        if event.isBroken { return close(connection) }
        if event.isWritable, connection.hasOutput {
            flush(connection)
            guard isOpen(connection) else { return }
            pumpStream(connection)
            advanceInput(of: connection)
        }
        if event.isReadable, isOpen(connection) {
            switch connection.stage {
            case .receiving where !connection.hasOutput: receive(connection)
            case .lingering: dropInput(connection)
            case .streaming: watchStream(connection)
            default:
                // The next request waits in the kernel, and so does the client, until this one is answered.
                setInterest(connection, connection.interest.subtracting(.read))
                return
            }
        }
        settle(connection)
    }

    /// One read, and all that follows from it.
    func receive(_ connection: Connection) {
        let isBuffered = !connection.input.isEmpty
        if isBuffered, !growInput(of: connection) {
            refuse(connection, status: 503, .bodyMemory)
            return finishTurn(connection)
        }
        switch connection.descriptor.read(into: isBuffered ? connection.input.tail : scratch) {
        case .wouldBlock: return
        // A message that is cut short is never taken for a whole one; an idle connection just ends.
        case .end, .failed: return close(connection)
        case .bytes(let count):
            connection.bodyRead = now
            if isBuffered {
                connection.input.grew(by: count)
                advanceInput(of: connection)
            } else {
                let rest = advance(connection, UnsafeMutableRawBufferPointer(rebasing: scratch[..<count]))
                if isOpen(connection) { connection.input.append(UnsafeRawBufferPointer(rest)) }
                if connection.isCutShort { advanceInput(of: connection) } else { finishTurn(connection) }
            }
        }
    }

    /// Goes on with what was read before: after new octets, an answer, or a write.
    func advanceInput(of connection: Connection) {
        guard isOpen(connection) else { return }
        repeat {
            flush(connection)
            guard case .receiving = connection.stage, !connection.input.isEmpty, !connection.hasOutput else { break }
            let whole = connection.input.bytes
            let rest = advance(connection, whole)
            let offset = rest.baseAddress.flatMap { rest in whole.baseAddress.map { UnsafeRawPointer(rest) - UnsafeRawPointer($0) } } ?? 0
            connection.input.keep(from: offset, count: rest.count)
            // The client may have read meanwhile, and then no event will come to go on with the rest.
        } while connection.isCutShort && isOpen(connection)
        finishTurn(connection)
    }

    private func finishTurn(_ connection: Connection) {
        guard isOpen(connection) else { return }
        flush(connection)
        if connection.input.isEmpty, connection.input.capacity > 0 {
            connection.input.release()
            discharge(connection)
        } else if connection.parser?.isInBody == true, !charge(connection) {
            refuse(connection, status: 503, .bodyMemory)
            flush(connection)
        }
        if connection.parser?.isPristine == true { recycleParser(of: connection) }
    }

    /// Takes requests out of `octets` as long as each is answered at once; returns what has to be kept.
    private func advance(_ connection: Connection, _ octets: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        var rest = octets
        connection.isCutShort = false
        while case .receiving = connection.stage, !rest.isEmpty {
            if encoded.count > 64 * 1024 { flush(connection) }
            guard isOpen(connection), !connection.hasOutput else {
                connection.isCutShort = true
                break
            }
            let parser = takeParser(for: connection)
            switch parser.parse(rest) {
            case .needMore:
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[..<parser.kept])
                sendContinue(connection, parser)
                return rest
            case .head: rest = admit(connection, parser, rest)
            case .complete:
                let request = UnsafeMutableRawBufferPointer(rebasing: rest[..<parser.position])
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[parser.position...])
                hand(over: request, parser, connection)
            case .failed(let status):
                let limit = status == 413 && parser.isHeadKnown ? parser.body.limit : nil
                refuse(connection, status: status, reason(of: status), bodyLimit: limit)
            }
        }
        // After the last response nothing of this connection is looked at any more.
        if case .finishing = connection.stage { return UnsafeMutableRawBufferPointer(rebasing: rest[..<0]) }
        return rest
    }

    /// Asks the handler; returns what is left of the octets after a request that was refused.
    private func admit(
        _ connection: Connection, _ parser: RequestParser, _ octets: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutableRawBufferPointer {
        connection.isNew = false
        connection.headerStarted = nil
        connection.bodyStarted = now
        connection.bodyRead = now
        let facts = parser.head
        connection.context = ResponseContext(isHead: facts.method == .head, minorVersion: facts.minorVersion, closes: !facts.persists)
        guard let head = makeHead(parser, UnsafeRawBufferPointer(octets), connection.peer) else { return octets }
        switch facts.isServerWide ? .accept(maxBody: 0) : environment.handler.admit(head) {
        case .accept(let limit):
            if let length = facts.contentLength, length > limit {
                refuse(connection, status: 413, .bodyTooLarge, bodyLimit: limit)
                return octets
            }
            parser.beginBody(limit: max(limit, 0))
            connection.continueIsDue = facts.expectsContinue && facts.minorVersion >= 1 && head.hasBody
        case .refuse(let response):
            environment.counters.requests.add(1, ordering: .relaxed)
            // The connection goes on only if the body has come already: it must not be taken for the next request.
            parser.beginBody(limit: 1 << 20)
            connection.request += 1
            guard parser.parse(octets) == .complete else {
                connection.context.closes = true
                respond(connection, response)
                return octets
            }
            let rest = UnsafeMutableRawBufferPointer(rebasing: octets[parser.position...])
            parser.reset()
            respond(connection, response)
            return rest
        }
        return octets
    }

    private func sendContinue(_ connection: Connection, _ parser: RequestParser) {
        guard connection.continueIsDue, parser.isInBody else { return }
        connection.continueIsDue = false
        // A client that has begun to send does not wait.
        if case .fixed = parser.phase, parser.body.count > 0 { return }
        encoded.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    private func hand(over octets: UnsafeMutableRawBufferPointer, _ parser: RequestParser, _ connection: Connection) {
        connection.continueIsDue = false
        defer {
            parser.reset()
            connection.idleSince = now
        }
        let body = UnsafeRawBufferPointer(rebasing: octets[parser.body.start..<parser.body.end])
        guard let head = makeHead(parser, UnsafeRawBufferPointer(octets), connection.peer) else { return }
        environment.counters.requests.add(1, ordering: .relaxed)
        connection.request += 1
        connection.stage = .handling
        if parser.head.isServerWide {
            let methods = Method.allCases.map(\.name).joined(separator: ", ")
            return respond(connection, Response(status: 204, headers: [("Allow", methods)]))
        }
        ports.mailbox.beginHandling(connection.ticket)
        environment.handler.handle(
            head, body: body,
            reply: Reply(mailbox: ports.mailbox, ticket: connection.ticket, streamCapacity: configuration.streamBuffer))
        if let job = ports.mailbox.endHandling() { perform(job, on: connection) }
    }

    private func makeHead(_ parser: RequestParser, _ octets: UnsafeRawBufferPointer, _ peer: SocketAddress) -> RequestHead? {
        let facts = parser.head
        guard let method = facts.method else { return nil }
        let host = facts.authority.isEmpty ? facts.hostField : facts.authority
        // An empty path of the absolute form is `/`.
        let path = facts.path.isEmpty ? rootPath : octets.slice(facts.path.lowerBound, facts.path.upperBound)
        let fields = UnsafeBufferPointer(rebasing: parser.fields[..<parser.fieldCount])
        let proxies = configuration.trustedProxies
        let sender = proxies.isEmpty || !proxies.contains(peer) ? peer : proxies.sender(of: peer, fields, in: octets)
        return RequestHead(
            method: method, path: path, query: octets.slice(facts.query.lowerBound, facts.query.upperBound),
            host: octets.slice(host.lowerBound, host.upperBound), contentLength: facts.contentLength, isChunked: facts.isChunked,
            minorVersion: facts.minorVersion, peer: sender, bytes: octets, fields: fields)
    }

    private func dropInput(_ connection: Connection) {
        switch connection.descriptor.read(into: scratch) {
        case .bytes, .wouldBlock: break
        case .end, .failed: close(connection)
        }
    }

    // MARK: Parsers and memory

    private func takeParser(for connection: Connection) -> RequestParser {
        if let parser = connection.parser { return parser }
        let parser = spareParsers.popLast() ?? RequestParser(limits: limits)
        connection.parser = parser
        return parser
    }

    func recycleParser(of connection: Connection) {
        guard let parser = connection.parser else { return }
        connection.parser = nil
        parser.reset()
        if spareParsers.count < 64 { spareParsers.append(parser) }
    }

    /// Room for the next read: twice as much as before, but no more than the request still needs.
    private func growInput(of connection: Connection) -> Bool {
        guard connection.input.free < 2048 else { return true }
        let count = connection.input.count
        var wanted = max(count + 4096, connection.input.capacity * 2)
        if let parser = connection.parser, case .fixed = parser.phase {
            wanted = min(wanted, max(count + parser.body.remaining, count + 1))
        }
        connection.input.reserve(wanted)
        return connection.parser?.isInBody == true ? charge(connection) : true
    }

    /// Counts the memory of a body that is being received; false beyond the budget of the server.
    private func charge(_ connection: Connection) -> Bool {
        let added = connection.input.capacity - connection.charged
        guard added > 0 else { return true }
        connection.charged += added
        let total = environment.counters.bodyMemory.add(added, ordering: .relaxed).newValue
        return total <= configuration.bodyBudget
    }

    func discharge(_ connection: Connection) {
        guard connection.charged > 0 else { return }
        environment.counters.bodyMemory.subtract(connection.charged, ordering: .relaxed)
        connection.charged = 0
    }

    private func reason(of status: Int) -> Rejection {
        switch status {
        case 413: .bodyTooLarge
        case 414: .requestLineTooLong
        case 417: .expectation
        case 431: .headerTooLarge
        case 501: .unsupportedMethodOrCoding
        case 505: .unsupportedVersion
        default: .malformed
        }
    }
}

/// `/` for requests that name none.
private var rootPath: UnsafeRawBufferPointer {
    let root: StaticString = "/"
    return UnsafeRawBufferPointer(start: root.utf8Start, count: 1)
}
