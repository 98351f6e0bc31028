internal import Glibc

/// A queue between threads: many append, one or more take everything that waits.
///
/// `@unchecked Sendable` holds because every access to `items`, `isClosed` and `waiting` happens between lock and unlock of `mutex`.
package final class Mailbox<Item: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var items: [Item] = []
    private var isClosed = false
    private var waiting = 0

    package init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// False when the mailbox is closed; the item is then dropped.
    @discardableResult
    package func append(_ item: Item) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        items.append(item)
        if waiting > 0 { pthread_cond_signal(condition) }
        return true
    }

    /// Several at once, which stay together and in order.
    @discardableResult
    package func append(contentsOf more: [Item]) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        items.append(contentsOf: more)
        if waiting > 0 { pthread_cond_signal(condition) }
        return true
    }

    /// Everything that waits, in order; blocks while there is nothing. Nil once closed and empty.
    package func takeAll() -> [Item]? { take(upTo: .max, timeoutMicroseconds: nil) }

    /// One item; nil once closed and empty.
    package func takeOne() -> Item? { take(upTo: 1, timeoutMicroseconds: nil)?.first }

    /// Like `takeAll`, but an empty array after the time has passed without an item.
    package func takeAll(timeoutMicroseconds: Int64) -> [Item]? { take(upTo: .max, timeoutMicroseconds: timeoutMicroseconds) }

    /// Like `takeOne`, but an empty array after the time has passed without an item.
    package func takeOne(timeoutMicroseconds: Int64) -> [Item]? { take(upTo: 1, timeoutMicroseconds: timeoutMicroseconds) }

    private func take(upTo limit: Int, timeoutMicroseconds: Int64?) -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var deadline = timespec()
        if let timeoutMicroseconds {
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            let nanoseconds = Int64(deadline.tv_nsec) + max(0, timeoutMicroseconds) % 1_000_000 * 1_000
            deadline.tv_sec += Int(max(0, timeoutMicroseconds) / 1_000_000 + nanoseconds / 1_000_000_000)
            deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        while items.isEmpty {
            if isClosed { return nil }
            waiting += 1
            let code =
                timeoutMicroseconds == nil
                ? pthread_cond_wait(condition, mutex) : pthread_cond_timedwait(condition, mutex, &deadline)
            waiting -= 1
            if code == ETIMEDOUT, items.isEmpty { return isClosed ? nil : [] }
        }
        if items.count <= limit {
            var taken: [Item] = []
            swap(&taken, &items)
            return taken
        }
        let taken = Array(items.prefix(limit))
        items.removeFirst(limit)
        return taken
    }

    package var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return items.count
    }

    /// Nothing more is taken in; what waits can still be taken out.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
