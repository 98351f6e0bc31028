/// The program behind the server. Both calls come on an event loop's thread: they must not block, and several loops call at once.
package protocol RequestHandler: Sendable {
    /// Decides on the head, before the body is read and before `100 Continue`.
    func admit(_ head: borrowing RequestHead) -> Admission

    /// Called once the whole body is in. `head` and `body` are valid only during the call; `reply` may be used from any thread,
    /// at any later time. The next request of the connection waits for it, so it has to be used once.
    func handle(_ head: borrowing RequestHead, body: UnsafeRawBufferPointer, reply: Reply)
}

/// The right to answer one request. Whatever comes after the first answer, or after the client has gone, is ignored.
package struct Reply: Sendable {
    let mailbox: Mailbox
    let ticket: Ticket
    let streamCapacity: Int
    /// Fields that each answer gets beside its own.
    package var headers: [Response.Header] = []

    init(mailbox: Mailbox, ticket: Ticket, streamCapacity: Int) {
        self.mailbox = mailbox
        self.ticket = ticket
        self.streamCapacity = streamCapacity
    }

    package func send(_ response: Response) {
        guard !headers.isEmpty else { return mailbox.post(.response(ticket, response)) }
        var complete = response
        complete.headers += headers
        mailbox.post(.response(ticket, complete))
    }

    /// Answers with a body whose length is not known yet: chunked, or until the end of the connection for HTTP/1.0.
    package func stream(status: Int, headers own: [Response.Header]) -> ResponseStream {
        let stream = ResponseStream(mailbox: mailbox, ticket: ticket, capacity: streamCapacity)
        mailbox.post(.startStream(ticket, Response(status: status, headers: own + headers), stream))
        return stream
    }
}
