internal import CCurl
internal import Glibc

/// How a transfer ended.
package enum TransferOutcome: Sendable, Equatable {
    /// An answer of any status.
    case response(IncomingResponse)
    /// A mail server's answer, whether it took the mail or not.
    case mail(MailReply)
    case failure(CurlError)
}

package struct FinishedTransfer: Sendable, Equatable {
    /// As given to `add`.
    package let id: Int64
    package let outcome: TransferOutcome
}

/// Many transfers at once on one thread, which makes the loop and is the only one to use it (libcurl's multi interface, libcurl-multi(3)).
///
///     let loop = try TransferLoop()
///     loop.add(request, id: 7)
///     while ... { for finished in loop.run(timeoutMilliseconds: 1000) { ... } }
///
/// Connections stay open for the next transfer to the same host, 128 in all. Names are resolved in libcurl's own threads, since a
/// resolver that does not answer must not hold up the others: a libcurl without (`AsynchDNS` in `curl -V`) is refused. Mails go out on
/// a few threads of their own (`MailRoom` says why), and end here like the rest.
package final class TransferLoop {
    /// Ends a wait in `run`.
    package let waker: TransferWaker
    private let multi: OpaquePointer
    /// By the transfer that C knows. The exchanges are what its callbacks use.
    private var flights: [OpaquePointer: Flight] = [:]
    private let mailRoom: MailRoom
    private var mails: [ObjectIdentifier: MailJob] = [:]
    private var finished: [FinishedTransfer] = []

    private struct Flight {
        let id: Int64
        let exchange: Exchange
    }

    /// - Parameter waker: one made earlier, for threads that have to know it before the loop's own thread runs.
    package init(waker: TransferWaker = TransferWaker()) throws(CurlError) {
        try startLibrary()
        guard sluice_curl_resolves_aside() != 0 else {
            throw CurlError(.other, "this libcurl resolves names in the calling thread; install one that lists AsynchDNS in 'curl -V'")
        }
        guard let multi = sluice_curl_multi_create() else { throw CurlError(.outOfMemory, "no memory for libcurl's multi handle") }
        self.multi = multi
        self.waker = waker
        mailRoom = MailRoom(waker: waker)
        waker.attach(multi)
    }

    deinit {
        waker.attach(nil)
        sluice_curl_multi_destroy(multi)
        mailRoom.close()
    }

    /// Transfers added, and neither handed out by `run` nor cancelled.
    package var inFlight: Int { flights.count + mails.count + finished.count }

    /// Begins a request; `run` drives it and hands out its end under this id. A request that can't be sent ends at once.
    /// `isCancelled` is asked whenever the loop works.
    package func add(_ request: OutgoingRequest, id: Int64) {
        do throws(CurlError) {
            try validate(request)
            let exchange = Exchange(request)
            var result = sluice_curl_result()
            let transfer = withWireRequest(exchange) { sluice_curl_multi_add(multi, $0, &result) }
            guard let transfer else { throw exchange.failure(result) }
            flights[transfer] = Flight(id: id, exchange: exchange)
        } catch {
            finished.append(FinishedTransfer(id: id, outcome: .failure(error)))
        }
    }

    /// Begins to send a mail; up to 4 are under way at once, and more wait for their turn. One that can't be sent ends at once.
    package func add(_ mail: OutgoingMail, id: Int64) {
        do throws(CurlError) {
            try validate(mail)
            let job = MailJob(mail, id: id)
            try mailRoom.add(job)
            mails[ObjectIdentifier(job)] = job
        } catch {
            finished.append(FinishedTransfer(id: id, outcome: .failure(error)))
        }
    }

    /// Ends a transfer without an outcome; its connection is closed, that of a mail within a second. Nothing happens if there is none of this id.
    package func cancel(id: Int64) {
        for (transfer, flight) in flights where flight.id == id {
            sluice_curl_multi_remove(multi, transfer)
            flights[transfer] = nil
        }
        for (key, job) in mails where job.id == id {
            job.cancel()
            mails[key] = nil
        }
        finished.removeAll { $0.id == id }
    }

    /// Drives the transfers until one or more have ended, somebody wakes the loop or the time is over; returns those that ended.
    /// With nothing in flight it just waits.
    package func run(timeoutMilliseconds: Int) -> [FinishedTransfer] {
        let deadline = monotonicMilliseconds() + Int64(clamping: max(0, timeoutMilliseconds))
        while true {
            work()
            let left = deadline - monotonicMilliseconds()
            if waker.takeSignal() || !finished.isEmpty || left <= 0 { break }
            sluice_curl_multi_wait(multi, Int32(clamping: left))
        }
        defer { finished.removeAll() }
        return finished
    }

    private func work() {
        let code = sluice_curl_multi_work(multi)
        var result = sluice_curl_result()
        while let transfer = sluice_curl_multi_next(multi, &result) {
            guard let flight = flights.removeValue(forKey: transfer) else { continue }
            do throws(CurlError) {
                finished.append(FinishedTransfer(id: flight.id, outcome: .response(try flight.exchange.outcome(result))))
            } catch {
                finished.append(FinishedTransfer(id: flight.id, outcome: .failure(error)))
            }
        }
        for (job, outcome) in mailRoom.takeEnded() where mails.removeValue(forKey: ObjectIdentifier(job)) != nil {
            finished.append(FinishedTransfer(id: job.id, outcome: outcome))
        }
        if code != 0 { abandon(CurlError(.outOfMemory, "libcurl can't go on with its transfers (multi code \(code))")) }
    }

    /// After a failure of libcurl as a whole: nobody is to wait for what it will not end.
    private func abandon(_ error: CurlError) {
        for (transfer, flight) in flights {
            sluice_curl_multi_remove(multi, transfer)
            finished.append(FinishedTransfer(id: flight.id, outcome: .failure(error)))
        }
        flights.removeAll()
    }
}

private func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
