internal import Curl
internal import Posix
internal import Synchronization

/// What other threads have to tell the outbox's.
final class OutboxInbox: Sendable {
    struct News {
        /// Lanes to which something was added, with the lowest number that was there before.
        var lanes: [String: Int64?] = [:]
        /// Messages that somebody wants tried now.
        var pushed: [(lane: String, number: Int64)] = []
        /// Attempts whose outcome the store has, or could not take.
        var recorded: [Int64] = []
        var refused: [(number: Int64, reason: String)] = []

        /// Somebody asks to look at the clock and the configuration again.
        var isPoked = false

        var isEmpty: Bool { lanes.isEmpty && pushed.isEmpty && recorded.isEmpty && refused.isEmpty && !isPoked }
    }

    let waker = TransferWaker()
    private let news = Mutex(News())
    private let stopping = Mailbox<Bool>()
    private let isStopped = Atomic(false)

    var isStopping: Bool { isStopped.load(ordering: .acquiring) }

    func note(_ lanes: [String], revived: [String: Int64]) {
        news.withLock { news in
            for lane in lanes {
                let known = news.lanes[lane] ?? nil
                news.lanes[lane] = .some([known, revived[lane]].compactMap { $0 }.min())
            }
        }
        waker.wake()
    }

    func notePushed(_ messages: [(lane: String, id: Int64)]) {
        news.withLock { $0.pushed += messages.map { ($0.lane, $0.id) } }
        waker.wake()
    }

    func noteRecorded(_ number: Int64) {
        news.withLock { $0.recorded.append(number) }
        waker.wake()
    }

    func noteRefused(_ number: Int64, _ reason: String) {
        news.withLock { $0.refused.append((number, reason)) }
        waker.wake()
    }

    func poke() {
        news.withLock { $0.isPoked = true }
        waker.wake()
    }

    func take() -> News {
        news.withLock { news in
            defer { news = News() }
            return news
        }
    }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        stopping.close()
        waker.wake()
    }

    /// Waits, but for a stop.
    func pause(microseconds: Int64) { _ = stopping.takeAll(timeoutMicroseconds: microseconds) }
}
