internal import Posix
internal import Synchronization

/// A mail on its way.
final class MailJob: Sendable {
    let id: Int64
    let mail: OutgoingMail
    private let cancelled = Atomic(false)

    init(_ mail: OutgoingMail, id: Int64) {
        self.mail = mail
        self.id = id
    }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// Sends mails on a few threads of its own, made when they are needed.
///
/// libcurl's SMTP blocks its thread while it waits for the answer to the end of a message, and for the one to QUIT (smtp_done and
/// smtp_disconnect in its source), even in the multi interface: a mail server that thinks for a minute would hold up every other
/// destination of the loop.
final class MailRoom: Sendable {
    private struct Staff {
        var threads: [ThreadHandle] = []
        var idle = 0
        /// Mails handed in and not yet ended.
        var open: [ObjectIdentifier: MailJob] = [:]
        var ended: [(MailJob, TransferOutcome)] = []
    }

    private let jobs = Mailbox<MailJob>()
    private let staff = Mutex(Staff())
    private let waker: TransferWaker

    private static let maxThreads = 4
    /// How long a connection waits for another mail, in microseconds. Servers begin to complain after minutes.
    private static let linger: Int64 = 5_000_000

    init(waker: TransferWaker) { self.waker = waker }

    func add(_ job: MailJob) throws(CurlError) {
        let mustGrow = staff.withLock { $0.idle <= jobs.count && $0.threads.count < Self.maxThreads }
        if mustGrow { try grow() }
        staff.withLock { $0.open[ObjectIdentifier(job)] = job }
        jobs.append(job)
    }

    /// Only the loop's thread adds, so nobody else can grow the staff meanwhile.
    private func grow() throws(CurlError) {
        do {
            let thread = try startThread(name: "sluice-mail") { [self] in work() }
            staff.withLock { $0.threads.append(thread) }
        } catch {
            guard staff.withLock({ $0.threads.isEmpty }) else { return }
            throw CurlError(.outOfMemory, "no thread to send the mail: \(error)")
        }
    }

    /// What has ended since the last question.
    func takeEnded() -> [(MailJob, TransferOutcome)] {
        staff.withLock { staff in
            defer { staff.ended = [] }
            return staff.ended
        }
    }

    /// Drops what is unsent, ends what is under way within about a second, and waits for the threads: none may use TLS any more when the
    /// process ends.
    func close() {
        jobs.close()
        let threads = staff.withLock { staff in
            staff.open.values.forEach { $0.cancel() }
            return staff.threads
        }
        threads.forEach { $0.join() }
    }

    private func work() {
        var mailer: Mailer?
        while let batch = nextBatch(lingers: mailer != nil) {
            guard let job = batch.first else {
                mailer = nil
                continue
            }
            let outcome: TransferOutcome
            do throws(CurlError) {
                outcome = try send(job, by: &mailer)
            } catch {
                outcome = .failure(error)
            }
            staff.withLock { staff in
                staff.open[ObjectIdentifier(job)] = nil
                staff.ended.append((job, outcome))
            }
            waker.wake()
        }
    }

    private func nextBatch(lingers: Bool) -> [MailJob]? {
        staff.withLock { $0.idle += 1 }
        defer { staff.withLock { $0.idle -= 1 } }
        return lingers ? jobs.takeOne(timeoutMicroseconds: Self.linger) : jobs.takeOne().map { [$0] }
    }

    private func send(_ job: MailJob, by mailer: inout Mailer?) throws(CurlError) -> TransferOutcome {
        if job.isCancelled { throw CurlError(.cancelled, "the mail was cancelled") }
        if let mailer, mailer.serves(job.mail) { return mailer.send(job) }
        mailer = nil
        let fresh = try Mailer(for: job.mail)
        mailer = fresh
        return fresh.send(job)
    }
}
