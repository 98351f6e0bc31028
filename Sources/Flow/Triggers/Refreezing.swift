package import Model
package import Store

extension CompiledEndpoint {
    /// A call that was frozen under a former revision, under this one: its command and its gate are those of now, what the caller sent
    /// stays. What decides who may call at all must be as it was, since nobody asks again.
    /// - Throws: `Refusal` 503 when that is not so, 422 when the arguments no longer fit.
    package func refreeze(_ call: AcceptCall, from former: CompiledEndpoint, gate: GateRule) throws(Refusal) -> AcceptCall {
        let (now, then) = (settings, former.settings)
        guard now.trigger == then.trigger, now.method == then.method, now.isPublic == then.isPublic, now.secret == then.secret,
            now.webhookSource == then.webhookSource, now.webhookEvents == then.webhookEvents, now.allowUnsigned == then.allowUnsigned,
            now.webhook == then.webhook, now.allowFrom == then.allowFrom, now.condition == then.condition
        else { throw .endpointChanged }
        var values = defaults()
        if call.delivery == nil, let spec = CallSpec(json: String(decoding: call.spec.json, as: UTF8.self)) {
            for given in spec.arguments where now.arguments.contains(where: { $0.name == given.name }) {
                values[given.name] = given.value
            }
            try requireAll(values)
        }
        var finding = ConditionFinding.absent
        if let conditions {
            let facts = CallFacts(
                trigger: call.origin.source, source: call.delivery?.source, event: call.origin.event, id: call.origin.deliveryID,
                method: call.delivery == nil ? now.method : "POST", arguments: values)
            switch call.stdin.withUnsafeBytes({ judge(conditions, $0, facts) }) {
            case .goOn(let filled, let found): (values, finding) = (filled, found)
            case .leaveOut: throw .endpointChanged
            case .refuse(let refusal): throw refusal
            }
        }
        var again = freeze(
            spec: try spec(values: values), stdin: call.stdin, origin: call.origin, gate: gate(now, finding), idempotencyKey: call.idempotencyKey,
            callbackURL: call.callbackURL == then.callbackURL ? nil : call.callbackURL, at: call.at)
        again.request = call.request
        again.delivery = call.delivery
        return again
    }
}

extension Refusal {
    /// The endpoint is being changed; the same request may be sent again.
    package static let endpointChanged = Refusal(503, "endpoint_changed", "the endpoint was changed at this moment; send the request again")
}
