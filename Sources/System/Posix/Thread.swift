private import CLinux
import Glibc

/// A running thread: `join` or `detach` it once, or its stack stays behind.
package struct ThreadHandle: Sendable {
    // pthread_t is an integer on Linux.
    fileprivate let thread: pthread_t

    /// Waits until the body has returned.
    package func join() { pthread_join(thread, nil) }

    /// Lets the thread clean up after itself; nobody will wait for it.
    package func detach() { pthread_detach(thread) }
}

private final class ThreadStart: Sendable {
    let name: String
    let isUrgent: Bool
    let body: @Sendable () -> Void

    init(name: String, isUrgent: Bool, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.isUrgent = isUrgent
        self.body = body
    }
}

/// Starts a plain thread. The kernel shows at most 15 bytes of `name`; `stack` is in bytes. An urgent
/// one goes before the commands that run, where the system lets it.
package func startThread(
    name: String, stack: Int = 512 * 1024, isUrgent: Bool = false, body: @escaping @Sendable () -> Void
) throws(SystemError) -> ThreadHandle {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, max(stack, 64 * 1024))
    let start = Unmanaged.passRetained(ThreadStart(name: String(name.prefix(15)), isUrgent: isUrgent, body: body))
    var thread = pthread_t()
    let failure = pthread_create(&thread, &attributes, runThread, start.toOpaque())
    guard failure == 0 else {
        start.release()
        throw SystemError(errno: failure, call: "pthread_create")
    }
    return ThreadHandle(thread: thread)
}

// A free function: a closure written inside main() would belong to the main actor and trap on another thread.
private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    _ = sluice_name_thread(start.name)
    if start.isUrgent { sluice_urge_thread() }
    start.body()
    return nil
}
