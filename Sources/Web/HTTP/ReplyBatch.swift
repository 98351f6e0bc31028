internal import Glibc

/// Answers that `body` sends from this thread wake each loop once, at the end of `body`, instead of at the first of them: a loop then finds
/// them all, and goes round once. `body` must not wait for anything that a loop does.
package func batchingReplies(_ body: () -> Void) {
    let batch = ReplyBatch()
    // The innermost one counts; a nested call's wake-ups come at its own end.
    let outer = pthread_getspecific(ReplyBatch.slot)
    pthread_setspecific(ReplyBatch.slot, Unmanaged.passUnretained(batch).toOpaque())
    body()
    pthread_setspecific(ReplyBatch.slot, outer)
    for mailbox in batch.sleeping { mailbox.wake() }
}

/// The loops that are to be woken at the end of a batch; belongs to one thread.
final class ReplyBatch {
    fileprivate var sleeping: [Mailbox] = []

    fileprivate static let slot: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// True when a batch of this thread will wake `mailbox` later.
    static func takes(_ mailbox: Mailbox) -> Bool {
        guard let batch = pthread_getspecific(slot) else { return false }
        Unmanaged<ReplyBatch>.fromOpaque(batch).takeUnretainedValue().sleeping.append(mailbox)
        return true
    }
}
