internal import Synchronization

/// How many requests were refused because a rate was used up, by whose it was.
package final class RateRefusals: Sendable {
    private let ofAddresses = Atomic<Int>(0)
    private let ofEndpoints = Atomic<Int>(0)

    package var byAddress: Int { ofAddresses.load(ordering: .relaxed) }
    package var byEndpoint: Int { ofEndpoints.load(ordering: .relaxed) }

    func addForAddress() { ofAddresses.wrappingAdd(1, ordering: .relaxed) }
    func addForEndpoint() { ofEndpoints.wrappingAdd(1, ordering: .relaxed) }
}
