/// What the gate said: run at once, or ask first.
package enum GateVerdict: Sendable, Equatable {
    case run
    case ask(timeoutMinutes: Int)
}
