import Posix
import Synchronization

/// What a loop shares with the rest of the program.
final class LoopPorts: Sendable {
    let epoll: Epoll
    let mailbox: Mailbox
    /// Connections that are the loop's or on their way to it.
    let load = Atomic<Int>(0)
    /// An `.accept` is on its way to the loop.
    let isAsked = Atomic<Bool>(false)
    private static let endedLoad = Int.max / 2

    init() throws(SystemError) {
        epoll = try Epoll()
        mailbox = try Mailbox()
        try epoll.add(mailbox.wakeUpDescriptor, .read, token: LoopPorts.wakeUpToken)
    }

    /// The loop cannot go on: nobody gives it connections any more.
    func end() { load.store(LoopPorts.endedLoad, ordering: .relaxed) }
    /// True when the loop has nothing and gets nothing any more.
    func endUnlessLoaded() -> Bool { load.compareExchange(expected: 0, desired: LoopPorts.endedLoad, ordering: .relaxed).exchanged }
    /// What it had still counts down.
    var hasEnded: Bool { load.load(ordering: .relaxed) > LoopPorts.endedLoad / 2 }

    static let wakeUpToken = UInt64.max
    /// The first listener; the next ones count down. Connections stay below 2^63.
    static let listenerToken = UInt64.max - 1
}

/// Shared, immutable things of a server.
struct ServerEnvironment: Sendable {
    let configuration: HTTPServerConfiguration
    let handler: any RequestHandler
    let counters: ServerCounters
    let log: LimitLog
    let listeners: [ListenerBox]
    let loops: LoopGroup
}

final class ListenerBox: Sendable {
    let listener: Listener
    init(_ listener: consuming Listener) { self.listener = listener }
}

/// One thread's share of the connections. Made on its thread and never seen by another; the mailbox is the way in.
///
/// A turn: wait, read the clock once, serve what is ready, take in what others want, see to deadlines.
final class EventLoop {
    let ports: LoopPorts
    let environment: ServerEnvironment
    var configuration: HTTPServerConfiguration { environment.configuration }
    let limits: RequestLimits
    let deadlines: Deadlines

    var now: Int64
    var date = DateField()
    var wheel: TimerWheel
    /// Where connections without a buffer of their own are read into.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
    /// What the connection that is being served is about to send.
    var encoded = GrowingBuffer()
    var spareParsers: [RequestParser] = []

    private var slots: [Connection?] = []
    private var freeSlots: [Int] = []
    private var generation: UInt64 = 0
    private(set) var connectionCount = 0
    private let maxConnections: Int

    private var isAccepting = false
    private var acceptAgainAt = Int64.max
    private(set) var isDraining = false
    private var drainDeadline = Int64.max
    private var jobs: [Job] = []

    init(ports: LoopPorts, environment: ServerEnvironment) {
        self.ports = ports
        self.environment = environment
        limits = environment.configuration.limits
        deadlines = environment.configuration.deadlines
        now = environment.configuration.clock.monotonic()
        wheel = TimerWheel(now: now)
        maxConnections = max(1, environment.configuration.maxConnections / environment.loops.count)
    }

    deinit { scratch.deallocate() }

    func run() {
        var events: [Epoll.Event] = []
        resumeAccepting()
        // Those that are on their way to this loop count too.
        while !(isDraining && ports.endUnlessLoaded()) {
            let sleeps = ports.mailbox.prepareToSleep()
            do {
                try ports.epoll.wait(milliseconds: sleeps ? pause() : 0, into: &events)
            } catch {
                // Only a misuse of the descriptors can be refused; without events the loop cannot go on.
                environment.configuration.log("http: \(error)")
                ports.end()
                break
            }
            if sleeps { ports.mailbox.wokenUp() }
            now = configuration.clock.monotonic()
            date.update(wall: configuration.clock.wall())
            for event in events { serve(event) }
            performJobs()
            expire()
        }
        closeAll()
    }

    /// Milliseconds until the next deadline; nil without one.
    private func pause() -> Int32? {
        var pause = wheel.pause(now: now) ?? .max
        for deadline in [acceptAgainAt, drainDeadline] where deadline != .max {
            pause = min(pause, max(0, (deadline - now) / 1000 + 1))
        }
        return pause == .max ? nil : Int32(clamping: pause)
    }

    private func serve(_ event: Epoll.Event) {
        if event.token == LoopPorts.wakeUpToken {
            ports.mailbox.clearSignal()
        } else if event.token > UInt64(Int64.max) {
            let index = Int(LoopPorts.listenerToken - event.token)
            if index < environment.listeners.count { accept(from: environment.listeners[index]) }
        } else if let connection = connection(event.token) {
            serve(connection, event)
        }
    }

    private func performJobs() {
        jobs.removeAll(keepingCapacity: true)
        ports.mailbox.takeAll(into: &jobs)
        for job in jobs {
            if case .drain(let deadline) = job {
                drain(until: deadline)
            } else if case .adopt(let newcomer) = job {
                adopt(newcomer)
            } else if case .accept(let asked) = job {
                ports.isAsked.store(false, ordering: .relaxed)
                if !isDraining { for box in environment.listeners { accept(from: box, asked: asked) } }
            } else if let ticket = job.ticket, let connection = connection(ticket.connection), connection.request == ticket.request {
                perform(job, on: connection)
                advanceInput(of: connection)
                settle(connection)
            } else if case .startStream(_, _, let stream) = job {
                stream.close()
            }
        }
    }

    private func expire() {
        for (token, tick) in wheel.takeDue(now: now) {
            guard let connection = connection(token), connection.filedTick == tick else { continue }
            connection.filedTick = .max
            if connection.deadline <= now {
                deadlinePassed(connection)
            } else {
                fileDeadline(connection)
            }
        }
        if acceptAgainAt <= now {
            acceptAgainAt = .max
            resumeAccepting()
        }
        if drainDeadline <= now { closeAll() }
    }

    // MARK: Connections

    func connection(_ token: UInt64) -> Connection? {
        let slot = Int(token & 0xFFFF_FFFF)
        guard slot < slots.count, let connection = slots[slot], connection.token == token else { return nil }
        return connection
    }

    /// - Parameter asked: so many other loops could not make room.
    private func accept(from box: ListenerBox, asked: Int = 0) {
        for _ in 0..<64 {
            if !environment.loops.hasRoom(below: maxConnections) {
                // Nobody has to go for nobody.
                guard box.listener.hasWaiting else { return }
                guard evictIdle() else { return pauseAccepting(.connectionLimit, asked: asked) }
            }
            switch box.listener.accept() {
            case .nothing: return
            case .exhausted:
                // What nobody uses goes first; the newcomers wait in the backlog meanwhile, and commands that wait find room too.
                return evictIdle() ? pauseAccepting(.descriptors) : pauseAccepting(.descriptors, asked: asked)
            case .connection(let descriptor, let peer):
                let target = environment.loops.place(from: ports)
                if target === ports {
                    add(descriptor, peer)
                } else {
                    target.mailbox.post(.adopt(Newcomer(descriptor, peer)))
                }
            }
        }
    }

    private func adopt(_ newcomer: Newcomer) {
        guard drainDeadline > now, let descriptor = newcomer.take() else {
            ports.load.subtract(1, ordering: .relaxed)
            return
        }
        guard let connection = add(descriptor, newcomer.peer), isDraining else { return }
        serveLast(connection)
    }

    /// Nil when the kernel refuses to watch it.
    @discardableResult
    private func add(_ descriptor: consuming Descriptor, _ peer: SocketAddress) -> Connection? {
        let slot = freeSlots.popLast() ?? slots.count
        generation = generation &+ 1 & 0x7FFF_FFFF
        let connection = Connection(descriptor: descriptor, peer: peer, token: generation << 32 | UInt64(slot), now: now)
        do {
            try ports.epoll.add(connection.descriptor.raw, .read, token: connection.token)
        } catch {
            if slot < slots.count { freeSlots.append(slot) }
            ports.load.subtract(1, ordering: .relaxed)
            return nil
        }
        if slot == slots.count { slots.append(connection) } else { slots[slot] = connection }
        connectionCount += 1
        environment.counters.connectionsOpen.add(1, ordering: .relaxed)
        environment.counters.connectionsAccepted.add(1, ordering: .relaxed)
        setDeadline(connection, now + deadlines.header, .headerTimeout)
        return connection
    }

    func close(_ connection: Connection) {
        let slot = Int(connection.token & 0xFFFF_FFFF)
        guard slot < slots.count, slots[slot] === connection else { return }
        slots[slot] = nil
        freeSlots.append(slot)
        connectionCount -= 1
        ports.load.subtract(1, ordering: .relaxed)
        environment.counters.connectionsOpen.subtract(1, ordering: .relaxed)
        discharge(connection)
        // The descriptor goes with its owner, which a caller may still hold: leave the epoll set now.
        try? ports.epoll.remove(connection.descriptor.raw)
        if let stream = connection.stream {
            connection.stream = nil
            stream.close()
        }
        recycleParser(of: connection)
    }

    func isOpen(_ connection: Connection) -> Bool { self.connection(connection.token) != nil }

    /// Makes room for newcomers: the longest idle go, a sixteenth of all at a time so that a flood does not search each time.
    private func evictIdle() -> Bool {
        // One that was accepted a moment ago has its request on the way.
        let idle = slots.compactMap { $0 }
            .filter { $0.isIdle && (!$0.isNew || now - $0.idleSince > 1_000_000) }
            .sorted { $0.idleSince < $1.idleSince }
        guard !idle.isEmpty else { return false }
        environment.log.hit(.connectionLimit, peer: nil, now: now)
        for connection in idle.prefix(max(1, maxConnections / 16)) { close(connection) }
        return true
    }

    // MARK: Accepting

    private func resumeAccepting() {
        guard !isAccepting, !isDraining else { return }
        isAccepting = true
        let interest: Epoll.Interest = environment.loops.isShared ? [.read, .exclusive] : .read
        for (index, box) in environment.listeners.enumerated() {
            do {
                try ports.epoll.add(box.listener.raw, interest, token: LoopPorts.listenerToken - UInt64(index))
            } catch {
                environment.configuration.log("http: \(error)")
            }
        }
    }

    private func stopAccepting() {
        guard isAccepting else { return }
        isAccepting = false
        for box in environment.listeners { try? ports.epoll.remove(box.listener.raw) }
    }

    /// - Parameter asked: when this loop has nobody to send away; another one may, and then accepts in its place.
    private func pauseAccepting(_ reason: Rejection, asked: Int? = nil) {
        environment.log.hit(reason, peer: nil, now: now)
        if let asked { environment.loops.askNext(after: ports, asked: asked) }
        // One that pauses already was only asked.
        guard isAccepting else { return }
        stopAccepting()
        acceptAgainAt = now + deadlines.acceptPause
    }

    // MARK: Stopping

    private func drain(until deadline: Int64) {
        guard !isDraining else { return }
        isDraining = true
        drainDeadline = deadline
        acceptAgainAt = .max
        stopAccepting()
        for connection in slots.compactMap({ $0 }) where connection.isIdle { serveLast(connection) }
    }

    /// A request that has arrived is still served.
    private func serveLast(_ connection: Connection) {
        receive(connection)
        settle(connection)
    }

    private func closeAll() {
        for connection in slots.compactMap({ $0 }) { close(connection) }
    }
}
