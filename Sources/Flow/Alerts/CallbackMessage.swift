internal import Bytes
internal import Crypto
internal import JSON
package import Model
package import Store

/// The outcome of a call as it is posted to the caller's `callback_url`.
package struct CallbackMessage: Sendable {
    package let id: String
    package let body: [UInt8]

    private static let outputLimit = 64 << 10

    /// - Returns: nil when the call is gone (its retention is over).
    package init?(_ row: NotificationRow, store: Store, keyring: Keyring, isSensitive: (String) -> Bool) throws {
        guard let call = row.call, let event = row.event else { return nil }
        id = keyring.uuid(.event, event.sequence)
        let approval = try store.approval(call)
        let run = try store.run(call)
        guard let endpoint = approval?.endpoint ?? run?.endpoint else { return nil }
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("type", Self.type(event))
        writer.member("timestamp", instantText(event.at))
        writer.key("data")
        writer.beginObject()
        writer.member("endpoint", endpoint)
        if let approval {
            writer.member("approval_id", keyring.uuid(.approval, approval.id))
            writer.member("status", event.kind.hasPrefix("run_") ? ApprovalStatus.approved.rawValue : Self.status(event))
            writer.member("decided_by", approval.decidedBy)
            if let at = approval.decidedAt { writer.member("decided_at", instantText(at)) }
            writer.member("reason", approval.reason)
            writer.member("digest", approval.digest)
        }
        if let run {
            writer.member("run_id", keyring.uuid(.run, run.id))
            if run.status.isFinished, event.kind.hasPrefix("run_") {
                writer.member("run_status", run.status.rawValue)
                writer.member("exit_code", run.exitCode)
                writer.member("duration_ms", run.durationMicroseconds.map { Int($0 / 1000) })
                writer.member("error", run.error)
                if !isSensitive(endpoint) {
                    writer.member("output", lossyString(Array(try store.output(ofRun: run.id).prefix(Self.outputLimit))))
                }
            }
        }
        writer.endObject()
        writer.endObject()
        body = writer.bytes
    }

    /// `approval.denied`, `run.finished`: what happened, in the form that Standard Webhooks recommends.
    private static func type(_ event: Event) -> String {
        switch event.kind {
        case "approval_decided": "approval.\(event.data ?? "decided")"
        case "approval_expired": "approval.expired"
        case "approval_stale": "approval.stale"
        case "run_interrupted": "run.interrupted"
        case "run_cancelled": "run.cancelled"
        default: "run.finished"
        }
    }

    private static func status(_ event: Event) -> String {
        switch event.kind {
        case "approval_decided": event.data ?? ApprovalStatus.approved.rawValue
        case "approval_expired": ApprovalStatus.expired.rawValue
        default: ApprovalStatus.stale.rawValue
        }
    }

    /// Headers of Standard Webhooks 1.0: the signature is over `id.timestamp.body`, so that neither can be changed.
    func headers(key: HMACKey, at seconds: Int64) -> [(name: String, value: String)] {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return [
            ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", String(seconds)),
            ("webhook-signature", "v1,\(base64Encode(key.sign(signed).array))"),
        ]
    }
}
