import Posix
import Synchronization

/// The loops of a server. Whichever accepts a connection gives it to the one that has the fewest; a shared listener alone wakes nearly always
/// the same one.
final class LoopGroup: Sendable {
    private let members: [LoopPorts]

    init(_ members: [LoopPorts]) { self.members = members }

    var count: Int { members.count }
    var isShared: Bool { members.count > 1 }

    /// The loop with the fewest connections, `own` among equals.
    func leastLoaded(_ own: LoopPorts) -> LoopPorts {
        guard isShared else { return own }
        var (best, least) = (own, own.load.load(ordering: .relaxed))
        for member in members {
            let load = member.load.load(ordering: .relaxed)
            if load < least { (best, least) = (member, load) }
        }
        return best
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
