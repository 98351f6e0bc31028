internal import Bytes
internal import Crypto
internal import JSON
package import Model
package import Store

/// The one way in: whatever made it, a call is frozen here into the command that the store takes.
extension CompiledEndpoint {
    /// A call by API: arguments from a JSON object, the body as received on stdin.
    /// - Throws: `Refusal` 400 for a body that is no JSON object, 422 for arguments.
    package func freezeCall(
        body: UnsafeRawBufferPointer, query: [(String, String)], requestedBy: String, idempotencyKey: String?, mayNameCallback: Bool,
        gate: GateRule, at now: Int64
    ) throws(Refusal) -> AcceptCall {
        let object = try bodyObject(body)
        let values = try argumentValues(object, query: query)
        let finding = try finding(ofCall: body, values)
        var call = freeze(
            spec: try spec(values: values), stdin: [UInt8](body), origin: CallOrigin(source: .api, requestedBy: requestedBy),
            gate: gate(settings, finding), idempotencyKey: idempotencyKey.map { "key:\($0)" },
            callbackURL: mayNameCallback ? try callbackURL(object, query) : nil, at: now)
        if idempotencyKey != nil { call.request = requestHash(requestedBy, query, body) }
        return call
    }

    /// Who asked for what: a repeat stays one when the endpoint or its script is edited meanwhile, which the caller cannot know.
    private func requestHash(_ requestedBy: String, _ query: [(String, String)], _ body: UnsafeRawBufferPointer) -> SHA256Digest {
        let fields = [requestedBy] + query.flatMap { [$0.0, $0.1] }
        return sha256(fields.flatMap { sha256($0).array } + sha256(body).array)
    }

    /// `callback_url` beside the arguments, unless it is an argument of this endpoint.
    private func callbackURL(_ object: JSONObject, _ query: [(String, String)]) throws(Refusal) -> String? {
        guard !settings.arguments.contains(where: { $0.name == "callback_url" }),
            let url = object["callback_url"]?.string ?? query.first(where: { $0.0 == "callback_url" })?.1
        else { return nil }
        if let wrong = httpURLProblem(url) {
            throw Refusal(422, "invalid_callback_url", "callback_url: \(wrong)", fields: [.init("callback_url", wrong)])
        }
        return url
    }

    /// A fire of one of the endpoint's schedules. Its idempotency key is its planned time (microseconds), so that one fire makes one call,
    /// whatever happens. Without a time it is a run that somebody, `by`, asked for.
    func freezeFire(
        _ schedule: ScheduleSettings, time: Int64?, by: String?, gate: GateVerdict, at now: Int64
    ) throws(Refusal) -> AcceptCall {
        let spec: EncodedSpec
        if settings.arguments.isEmpty {
            spec = sharedSpec()
        } else {
            var values = defaults()
            for (name, value) in schedule.arguments { values[name] = value }
            try requireAll(values)
            spec = try self.spec(values: values)
        }
        let requestedBy = by ?? (schedule.name.isEmpty ? "schedule \(schedule.timing)" : "schedule \(schedule.name): \(schedule.timing)")
        let key = time.map { FireKey(schedule: schedule.name, time: $0) }
        var call = freeze(
            spec: spec, stdin: [], origin: CallOrigin(source: .schedule, requestedBy: requestedBy, event: time.map(fireTimeText)),
            gate: gate, idempotencyKey: key?.text, callbackURL: nil, at: now)
        call.fireTime = time
        return call
    }

    func freeze(
        spec: EncodedSpec, stdin: [UInt8], origin: CallOrigin, gate: GateVerdict, idempotencyKey: String? = nil, callbackURL: String?,
        at now: Int64
    ) -> AcceptCall {
        AcceptCall(
            endpoint: id, revision: endpoint.revision, at: now, origin: origin, spec: spec, stdin: stdin,
            digest: callDigest(spec: spec.sha256, stdin: sha256(stdin), origin: origin), gate: gate, idempotencyKey: idempotencyKey,
            callbackURL: callbackURL ?? settings.callbackURL, maxPending: settings.maxPending)
    }

    // MARK: Arguments

    /// Values by name, from the body's JSON object or the query; defaults where nothing was sent. Names that no argument has are ignored.
    private func argumentValues(_ object: JSONObject, query: [(String, String)]) throws(Refusal) -> [String: String] {
        var values = defaults()
        for (name, value) in query where settings.arguments.contains(where: { $0.name == name }) { values[name] = value }
        for argument in settings.arguments {
            guard let value = object[argument.name], !value.isNull else { continue }
            guard let text = value.number?.text ?? SettingValue(value).argumentText else {
                throw Refusal(
                    422, "invalid_argument", "argument '\(argument.name)' must be a text, number or boolean, not \(value.kind)",
                    fields: [.init(argument.name, "must be a text, number or boolean")])
            }
            values[argument.name] = text
        }
        try requireAll(values)
        return values
    }

    /// An empty body is an empty object.
    private func bodyObject(_ body: UnsafeRawBufferPointer) throws(Refusal) -> JSONObject {
        if body.isEmpty { return JSONObject() }
        let parsed: JSONValue
        do {
            parsed = try parseJSON(body)
        } catch {
            throw Refusal(400, "malformed_json", "the body is no JSON: \(error)")
        }
        guard case .object(let object) = parsed else {
            throw Refusal(400, "body_not_an_object", "the body must be a JSON object of arguments, not \(parsed.kind)")
        }
        return object
    }

    func defaults() -> [String: String] {
        var values: [String: String] = [:]
        for argument in settings.arguments { values[argument.name] = argument.defaultValue }
        return values
    }

    func requireAll(_ values: [String: String]) throws(Refusal) {
        let missing = settings.arguments.filter { $0.isRequired && values[$0.name] == nil }.map(\.name)
        guard missing.isEmpty else {
            throw Refusal(
                422, "missing_argument", "missing required argument\(missing.count == 1 ? "" : "s"): \(missing.joined(separator: ", "))",
                fields: missing.map { .init($0, "is required") })
        }
    }
}
