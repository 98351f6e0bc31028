import Posix
import Synchronization

/// Writing: answers to octets, closing in stages.
extension EventLoop {
    /// What came for the connection's present request.
    func perform(_ job: Job, on connection: Connection) {
        switch job {
        case .response(_, let response):
            if case .handling = connection.stage { respond(connection, response) }
        case .startStream(_, let response, let stream):
            if case .handling = connection.stage { start(stream, response, connection) } else { stream.close() }
        case .continueStream: pumpStream(connection)
        case .adopt, .accept, .drain: break
        }
    }

    /// Ends the request that is being handled.
    func respond(_ connection: Connection, _ response: Response) {
        connection.context.closes = connection.context.closes || response.closesConnection || isDraining
        if !encoded.append(response, connection.context, date: date.line) {
            environment.log.hit(.badResponse, peer: connection.peer, now: now)
            _ = encoded.append(configuration.errorResponse(500, nil), connection.context, date: date.line)
        }
        endRequest(connection)
    }

    /// The server's own answer to what it does not go on with; always the last one.
    func refuse(_ connection: Connection, status: Int, _ reason: Rejection, bodyLimit: Int? = nil) {
        environment.log.hit(reason, peer: connection.peer, now: now)
        // What was said about an earlier request does not hold for one whose head is not known.
        if connection.parser?.isHeadKnown != true { connection.context = ResponseContext() }
        connection.context.closes = true
        connection.request += 1
        var response = configuration.errorResponse(status, bodyLimit)
        if status == 503 { response.headers.append(("Retry-After", "1")) }
        if !encoded.append(response, connection.context, date: date.line) {
            _ = encoded.append(Response(status: status), connection.context, date: date.line)
        }
        endRequest(connection)
    }

    private func endRequest(_ connection: Connection) {
        connection.idleSince = now
        connection.continueIsDue = false
        if connection.context.closes {
            connection.stage = .finishing
            connection.input.release()
            discharge(connection)
            recycleParser(of: connection)
        } else {
            connection.stage = .receiving
        }
    }

    // MARK: Streams

    private func start(_ stream: ResponseStream, _ response: Response, _ connection: Connection) {
        let isChunked = connection.context.minorVersion >= 1
        connection.context.closes = connection.context.closes || !isChunked || isDraining
        guard encoded.appendHead(response, connection.context, framing: isChunked ? .chunked : .untilClose, date: date.line) else {
            stream.close()
            return respond(connection, Response(status: 0))
        }
        if connection.context.isHead || !mayHaveBody(response.status) {
            stream.close()
            return endRequest(connection)
        }
        connection.stream = stream
        connection.streamIsChunked = isChunked
        connection.stage = .streaming
    }

    /// Sends what the stream has, as long as the client takes it.
    func pumpStream(_ connection: Connection) {
        guard case .streaming = connection.stage, let stream = connection.stream else { return }
        if stream.hasOverflowed {
            environment.log.hit(.streamTooSlow, peer: connection.peer, now: now)
            return close(connection)
        }
        if connection.hasOutput { return }
        let (bytes, isLast) = stream.take()
        if !bytes.isEmpty {
            if connection.streamIsChunked { encoded.appendChunk(bytes) } else { encoded.append(bytes) }
        }
        if isLast {
            if connection.streamIsChunked { encoded.append("0\r\n\r\n") }
            connection.stream = nil
            stream.close()
            endRequest(connection)
        }
        flush(connection)
    }

    /// The client of a stream has nothing to say: its end is the end of the stream, and a next request waits in the kernel.
    func watchStream(_ connection: Connection) {
        switch connection.descriptor.peek() {
        case .end, .failed: close(connection)
        case .bytes: setInterest(connection, connection.interest.subtracting(.read))
        case .wouldBlock: break
        }
    }

    // MARK: Sending

    /// Sends what was encoded; what does not fit now waits in the connection.
    func flush(_ connection: Connection) {
        guard isOpen(connection) else { return encoded.removeAll() }
        if connection.hasOutput {
            connection.output.append(UnsafeRawBufferPointer(encoded.bytes))
            encoded.removeAll()
            let waiting = UnsafeRawBufferPointer(rebasing: connection.output.bytes[connection.outputSent...])
            guard let sent = send(waiting, to: connection) else { return }
            connection.outputSent += sent
            if sent > 0 { setDeadline(connection, now + deadlines.writeStall, .writeStalled) }
            if !connection.hasOutput {
                connection.output.release()
                connection.outputSent = 0
            }
        } else if !encoded.isEmpty {
            guard let sent = send(UnsafeRawBufferPointer(encoded.bytes), to: connection) else { return encoded.removeAll() }
            if sent < encoded.count {
                connection.output.append(UnsafeRawBufferPointer(rebasing: encoded.bytes[sent...]))
                setDeadline(connection, now + deadlines.writeStall, .writeStalled)
            }
            if encoded.capacity > 1 << 20 { encoded.release() } else { encoded.removeAll() }
        }
    }

    /// How much was taken, or nil if the connection is gone.
    private func send(_ octets: UnsafeRawBufferPointer, to connection: Connection) -> Int? {
        switch connection.descriptor.send(octets) {
        case .bytes(let count): return count
        case .wouldBlock: return 0
        case .end, .failed:
            close(connection)
            return nil
        }
    }

    // MARK: Deadlines and interest

    /// After everything else: what the connection waits for now, and until when.
    func settle(_ connection: Connection) {
        guard isOpen(connection) else { return }
        if connection.hasOutput {
            // Reading goes on when the client has taken its answers.
            var interest: Epoll.Interest = .write
            if case .streaming = connection.stage { interest.formUnion(connection.interest.intersection(.read)) }
            return setInterest(connection, interest)
        }
        switch connection.stage {
        case .receiving:
            setInterest(connection, .read)
            settleReceiving(connection)
        case .handling:
            setInterest(connection, connection.interest.subtracting(.write))
            setDeadline(connection, .max, .idleTimeout)
        case .streaming:
            setInterest(connection, connection.interest.intersection(.read))
            setDeadline(connection, .max, .idleTimeout)
        case .finishing:
            connection.stage = .lingering
            connection.descriptor.shutdownWriting()
            setInterest(connection, .read)
            setDeadline(connection, now + deadlines.linger, .idleTimeout)
        case .lingering: break
        }
    }

    private func settleReceiving(_ connection: Connection) {
        guard let parser = connection.parser, parser.hasBegun else {
            if isDraining { return close(connection) }
            connection.headerStarted = nil
            if connection.isNew { return }
            return setDeadline(connection, connection.idleSince + deadlines.keepAlive, .idleTimeout)
        }
        if parser.isInBody {
            let earned = Int64(parser.body.count) * 1_000_000 / max(1, deadlines.bodyRate)
            let whole = connection.bodyStarted + max(deadlines.body, earned)
            return setDeadline(connection, min(whole, connection.bodyRead + deadlines.bodyPause), .bodyTimeout)
        }
        // A new connection has its deadline since it was accepted.
        if connection.isNew || connection.headerStarted != nil { return }
        connection.headerStarted = now
        setDeadline(connection, now + deadlines.header, .headerTimeout)
    }

    func setDeadline(_ connection: Connection, _ deadline: Int64, _ reason: Rejection) {
        connection.deadline = deadline
        connection.deadlineReason = reason
        if deadline != .max { fileDeadline(connection) }
    }

    /// Files the connection unless it comes up early enough as it is.
    func fileDeadline(_ connection: Connection) {
        guard connection.deadline != .max, TimerWheel.tick(of: connection.deadline) < connection.filedTick else { return }
        connection.filedTick = wheel.file(connection.token, at: connection.deadline)
    }

    func deadlinePassed(_ connection: Connection) {
        switch connection.deadlineReason {
        case .headerTimeout where connection.parser?.hasBegun == true, .bodyTimeout:
            refuse(connection, status: 408, connection.deadlineReason)
            flush(connection)
            settle(connection)
        // Browsers open connections in advance.
        case .headerTimeout:
            environment.counters.count(.headerTimeout)
            close(connection)
        case .writeStalled:
            environment.log.hit(connection.deadlineReason, peer: connection.peer, now: now)
            close(connection)
        default:
            if case .receiving = connection.stage { environment.counters.count(.idleTimeout) }
            close(connection)
        }
    }

    func setInterest(_ connection: Connection, _ interest: Epoll.Interest) {
        guard interest != connection.interest else { return }
        do {
            try ports.epoll.modify(connection.descriptor.raw, interest, token: connection.token)
            connection.interest = interest
        } catch {
            close(connection)
        }
    }
}
