import Glibc
import Posix
import Synchronization
import TestKit
import Testing

@Suite(.serialized) struct EventTests {
    @Test func wakeUpsAreJoinedAndCanBeCleared() throws {
        let epoll = try Epoll()
        let wakeUp = try WakeUp()
        try epoll.add(wakeUp.raw, .read, token: 7)
        var events: [Epoll.Event] = []
        try epoll.wait(milliseconds: 0, into: &events)
        #expect(events.isEmpty)
        for _ in 0..<3 { wakeUp.signal() }
        try epoll.wait(milliseconds: 1000, into: &events)
        #expect(events.map(\.token) == [7])
        #expect(events.first?.isReadable == true)
        wakeUp.clear()
        try epoll.wait(milliseconds: 0, into: &events)
        #expect(events.isEmpty)
    }

    @Test func anotherThreadWakesAWaitWithoutEnd() throws {
        let epoll = try Epoll()
        let wakeUp = WakeUpBox(try WakeUp())
        try epoll.add(wakeUp.wakeUp.raw, .read, token: .max)
        let thread = try startThread(name: "a name longer than fifteen bytes") { wakeUp.wakeUp.signal() }
        var events: [Epoll.Event] = []
        while events.isEmpty { try epoll.wait(milliseconds: nil, into: &events) }
        #expect(events.first?.token == .max)
        thread.join()
    }

    @Test(arguments: [Timer.Base.wall, .monotonic]) func timersExpireAtTheirInstant(base: Timer.Base) throws {
        let clock = base == .wall ? SystemClock.real.wall : SystemClock.real.monotonic
        let timer = try Timer(base)
        let epoll = try Epoll()
        try epoll.add(timer.raw, .read, token: 1)
        var events: [Epoll.Event] = []
        #expect(timer.read() == .nothing)
        let due = clock() + 20_000
        try timer.arm(at: due)
        while events.isEmpty { try epoll.wait(milliseconds: 1000, into: &events) }
        #expect(clock() >= due)
        #expect(timer.read() == .expired)
        for past in [clock() - 5_000_000, 0, -1] {
            try timer.arm(at: past)
            try epoll.wait(milliseconds: 1000, into: &events)
            #expect(timer.read() == .expired)
        }
        try timer.arm(at: clock() + 10_000)
        try timer.arm(at: nil)
        try epoll.wait(milliseconds: 30, into: &events)
        #expect(events.isEmpty)
    }

    @Test func signalsArriveAsNumbers() throws {
        let result = ResultBox()
        // In a thread of its own: the mask that it sets is not for the others.
        try startThread(name: "signals") {
            guard let signals = try? Signals([SIGUSR1, SIGUSR2]) else { return }
            result.append(signals.next() ?? 0)
            pthread_kill(pthread_self(), SIGUSR2)
            result.append(signals.next() ?? 0)
        }.join()
        #expect(result.values == [0, SIGUSR2])
    }

    @Test func aListenerAcceptsAndTellsThePeer() throws {
        let listener = try Listener(host: "localhost", port: 0)
        guard case .nothing = listener.accept() else { return #expect(Bool(false)) }
        let client = try TestConnection(port: listener.address.port)
        try client.send("abc")
        #expect(waitForReading(listener.raw))
        guard case .connection(let connection, let peer) = listener.accept() else { return #expect(Bool(false)) }
        #expect(peer.host == "127.0.0.1")
        #expect(peer.description == "127.0.0.1:\(peer.port)")
        #expect(fcntl(connection.raw, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(connection.raw, F_GETFL) & O_NONBLOCK != 0)
        #expect(waitForReading(connection.raw))
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(connection.peek() == .bytes(1))
        #expect(buffer.withUnsafeMutableBytes { connection.read(into: $0) } == .bytes(3))
        #expect(buffer.withUnsafeMutableBytes { connection.read(into: $0) } == .wouldBlock)
        client.close()
        #expect(waitForReading(connection.raw))
        #expect(buffer.withUnsafeMutableBytes { connection.read(into: $0) } == .end)
    }

    @Test func aSendToAClosedPeerIsAnErrorNotASignal() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0)
        let client = try TestConnection(port: listener.address.port)
        #expect(waitForReading(listener.raw))
        guard case .connection(let connection, _) = listener.accept() else { return #expect(Bool(false)) }
        client.reset()
        let failed = waitUntil {
            if case .failed = [1].withUnsafeBytes({ connection.send($0) }) { return true }
            return false
        }
        #expect(failed)
    }

    @Test func addressesAreWrittenAsText() throws {
        #expect(try Listener(host: "::1", port: 0).address.host == "::1")
        #expect(throws: SystemError(errno: EINVAL, call: "inet_pton")) { _ = try Listener(host: "example.org", port: 0).raw }
    }

    @Test func aDescriptorIsClosedWithItsOwner() throws {
        let raw = open("/dev/null", O_RDONLY | O_CLOEXEC)
        do { _ = Descriptor(owning: raw).raw }
        #expect(fcntl(raw, F_GETFD) == -1)
        let kept = Descriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC)).release()
        #expect(fcntl(kept, F_GETFD) != -1)
        close(kept)
    }

    @Test func theDescriptorLimitIsTheHardOne() {
        raiseDescriptorLimit()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #expect(limit.rlim_cur == limit.rlim_max)
    }

    @Test func aTestClockMovesWhenItIsTold() {
        let test = TestClock(wall: 100, monotonic: 5)
        let clock = test.clock
        test.advance(by: 10)
        #expect(clock.wall() == 110 && clock.monotonic() == 15)
        test.setWall(1)
        #expect(clock.wall() == 1 && clock.monotonic() == 15)
        let before = SystemClock.real.monotonic()
        #expect(SystemClock.real.monotonic() >= before)
        #expect(SystemClock.real.wall() > 1_700_000_000_000_000)
    }

    @Test func errorsNameCallAndReason() {
        #expect(SystemError(errno: ENOENT, call: "open x").description == "open x: No such file or directory")
    }

    private func waitForReading(_ raw: Int32) -> Bool {
        var descriptor = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 5000) == 1
    }
}

private final class WakeUpBox: Sendable {
    let wakeUp: WakeUp
    init(_ wakeUp: consuming WakeUp) { self.wakeUp = wakeUp }
}

private final class ResultBox: Sendable {
    private let mutex = Mutex<[Int32]>([])
    var values: [Int32] { mutex.withLock { $0 } }
    func append(_ value: Int32) { mutex.withLock { $0.append(value) } }
}
