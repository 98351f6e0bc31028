import Posix
import Synchronization

/// The loops of a server. Whichever accepts a connection gives it to the one that has the fewest; a shared listener alone wakes nearly always
/// the same one.
final class LoopGroup: Sendable {
    private let members: [LoopPorts]
    /// Held while a connection is placed: two loops that look at once would both choose the same third.
    private let placing = Mutex(())

    init(_ members: [LoopPorts]) { self.members = members }

    var count: Int { members.count }
    var isShared: Bool { members.count > 1 }

    /// Whether a loop has fewer connections than this. Loops that see the last place at once all take one: up to `count` - 1 too many.
    func hasRoom(below limit: Int) -> Bool {
        members.contains { $0.load.load(ordering: .relaxed) < limit }
    }

    /// The loop that gets an accepted connection, which counts as its own from here: the one with the fewest, `own` among equals.
    func place(from own: LoopPorts) -> LoopPorts {
        placing.withLock { _ in
            var (best, least) = (own, own.load.load(ordering: .relaxed))
            for member in members {
                let load = member.load.load(ordering: .relaxed)
                if load < least { (best, least) = (member, load) }
            }
            best.load.add(1, ordering: .relaxed)
            return best
        }
    }
}

extension LoopGroup {
    /// Has the next loop accept, and close idle connections for it, after `own` and `asked` before it have none. One that has not come to the
    /// last wish yet gets no second.
    func askNext(after own: LoopPorts, asked: Int) {
        guard asked + 1 < count, let place = members.firstIndex(where: { $0 === own }) else { return }
        let next = members[(place + 1) % count]
        guard !next.hasEnded else { return askNext(after: next, asked: asked + 1) }
        guard !next.isAsked.exchange(true, ordering: .relaxed) else { return }
        next.mailbox.post(.accept(asked: asked + 1))
    }
}

/// An accepted connection on its way to another loop; closed when it does not get there.
final class Newcomer: Sendable {
    let peer: SocketAddress
    private let descriptor: Mutex<Descriptor?>

    init(_ descriptor: consuming Descriptor, _ peer: SocketAddress) {
        self.peer = peer
        self.descriptor = Mutex(descriptor)
    }

    /// Nil the second time.
    func take() -> Descriptor? { descriptor.withLock { $0.take() } }
}
