internal import Posix

/// Threads for what may block: reading the database, waiting for a commit. Bounded, so that a flood of requests is shed instead of
/// piling up.
final class WorkerPool: Sendable {
    private let jobs = Mailbox<@Sendable () -> Void>()
    private let limit: Int
    private let threads: [ThreadHandle]

    init(threads count: Int, limit: Int = 4096) throws(SystemError) {
        self.limit = limit
        var started: [ThreadHandle] = []
        for _ in 0..<count {
            let jobs = jobs
            started.append(
                try startThread(name: "sluice-worker") {
                    while let job = jobs.takeOne() { job() }
                })
        }
        threads = started
    }

    /// False when too much waits already.
    func run(_ job: @escaping @Sendable () -> Void) -> Bool { jobs.count < limit && jobs.append(job) }

    func stop() {
        jobs.close()
        for thread in threads { thread.join() }
    }
}
