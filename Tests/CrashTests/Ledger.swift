import Foundation
import Synchronization

/// What the senders were promised: each delivery that got a 202, with the answer's body.
final class Ledger: Sendable {
    struct Promise: Sendable {
        let id: String
        let answer: [UInt8]
    }

    private struct State {
        var promises: [Promise] = []
        var refusals = 0
        var repeats = 0
        var complaints: [String] = []
    }

    private let state = Mutex(State())

    var promises: [Promise] { state.withLock { $0.promises } }
    var count: Int { state.withLock { $0.promises.count } }
    /// Answers of 503.
    var refusals: Int { state.withLock { $0.refusals } }
    var repeats: Int { state.withLock { $0.repeats } }
    /// What the senders saw that must not be.
    var complaints: [String] { state.withLock { $0.complaints } }

    func promise(_ id: String, _ answer: [UInt8]) { state.withLock { $0.promises.append(Promise(id: id, answer: answer)) } }
    func refuse() { state.withLock { $0.refusals += 1 } }
    func countRepeat() { state.withLock { $0.repeats += 1 } }
    func complain(_ text: String) { state.withLock { $0.complaints.append(text) } }

    func random(using generator: inout some RandomNumberGenerator) -> Promise? {
        let all = promises
        return all.randomElement(using: &generator)
    }
}
