internal import HTTP
internal import Model
internal import Store
internal import Triggers

/// Hands frozen calls to the store and sends the answers. A call whose endpoint changed between the freezing and the commit is frozen
/// again, a few times, so that it meets the gate of now and neither the sender nor the caller notices.
struct CallSubmission: Sendable {
    let services: Services
    let workers: WorkerPool
    let answers: CallAnswers

    func submit(_ call: AcceptCall, to endpoint: CompiledEndpoint, _ style: AnswerStyle, _ reply: Reply, attempts: Int = Services.freezingLimit) {
        // The completion keeps the command, which is one reference, and not the call with all its parts.
        let command = Command.accept(call)
        let event = call.delivery?.event
        services.store.submit(command) { outcome in
            guard case .conflict = outcome, case .accept(let call) = command else {
                answers.answer(outcome, endpoint: endpoint, style: style, event: event, reply: reply)
                return
            }
            // Off the writer's thread: the endpoints have to be read.
            let isTaken = attempts > 1 && workers.run { again(call, endpoint, style, reply, attempts: attempts - 1) }
            if !isTaken { reply.send(changed) }
        }
    }

    private func again(_ call: AcceptCall, _ former: CompiledEndpoint, _ style: AnswerStyle, _ reply: Reply, attempts: Int) {
        do {
            try services.directory.reload()
        } catch {
            services.log("changed endpoints cannot be read: \(error)")
            reply.send(changed)
            return
        }
        guard let endpoint = services.directory.endpoint(former.name) else {
            reply.send(Problem(404, "unknown_endpoint", "there is no such endpoint").response)
            return
        }
        let frozen: AcceptCall
        do throws(Refusal) {
            frozen = try endpoint.refreeze(call, from: former, gate: services.gate)
        } catch {
            reply.send(error.status == 503 ? changed : Problem(error).response)
            return
        }
        submit(frozen, to: endpoint, style, reply, attempts: attempts)
    }

    private var changed: Response { services.problem(of: .conflict(status: "changed")).response }
}
