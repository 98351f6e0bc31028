import Alerts
@testable import Curl
import Model
import Posix
import Store
import Synchronization
import TestKit
import Testing

/// A transport that asks a function instead of a network.
final class FakeTransport: OutboxTransport {
    private let loop: TransferLoop
    private let answer: @Sendable (OutgoingRequest) -> TransferOutcome?
    private var ended: [FinishedTransfer] = []

    /// - Parameter answer: nil leaves the request without an end.
    init(_ waker: TransferWaker, _ answer: @escaping @Sendable (OutgoingRequest) -> TransferOutcome?) throws(CurlError) {
        loop = try TransferLoop(waker: waker)
        self.answer = answer
    }

    func add(_ request: OutgoingRequest, id: Int64) {
        if let outcome = answer(request) { ended.append(FinishedTransfer(id: id, outcome: outcome)) }
    }

    func add(_ mail: OutgoingMail, id: Int64) {
        ended.append(FinishedTransfer(id: id, outcome: .mail(MailReply(code: 250, text: "250 taken"))))
    }

    func run(timeoutMilliseconds: Int) -> [FinishedTransfer] {
        guard !ended.isEmpty else { return loop.run(timeoutMilliseconds: timeoutMilliseconds) }
        defer { ended = [] }
        return ended
    }
}

func answer(_ status: Int, _ body: String = "answer", retryAfter: String? = nil) -> TransferOutcome {
    let headers = retryAfter.map { [HeaderField("retry-after", $0)] } ?? []
    return .response(IncomingResponse(head: ResponseHead(status: status, headers: headers), body: Array(body.utf8), bodyWasCut: false))
}

/// Takes the destination of a row as it stands there, by the kind that its channel names, and sends its data.
struct PlainComposer: NotificationComposer {
    var isCallers = false
    /// Lanes that lead to the same destination, by what comes before a blank in their names.
    var key: @Sendable (NotificationRow) -> String = { $0.destination ?? "" }

    func destination(of row: NotificationRow) -> Composed<Destination> {
        switch row.condition {
        case "impossible": .impossible("there is no such channel")
        case "later": .later("the file of secrets cannot be read")
        default: .ready(Destination(key: key(row), kind: row.channel.flatMap { ChannelKind(rawValue: $0) }, isCallers: isCallers))
        }
    }

    func compose(_ row: NotificationRow) -> Composed<OutgoingNotification> {
        if row.condition == "unwritable" { return .impossible("there is nothing to say") }
        let headers = [("Content-Type", "application/json"), ("webhook-id", "id-\(row.id)")]
        return .ready(.http(.init(url: row.destination ?? "", headers: headers, body: Array((row.data ?? "{}").utf8))))
    }
}

extension Bench {
    /// A row of the outbox. Its number.
    @discardableResult
    func queue(
        _ url: String, lane: String? = nil, channel: String? = nil, data: String? = nil, condition: String? = nil, at: Int64 = start
    ) -> Int64 {
        var new = NewNotification(kind: .alert, lane: lane ?? url, dueAt: at)
        new.destination = url
        new.channel = channel
        new.data = data
        new.condition = condition
        guard case .queued(let ids) = store.commit(.queueNotifications([new], at: at)), let id = ids.first else { return -1 }
        return id
    }

    func outbox(
        _ composer: any NotificationComposer = PlainComposer(), policy: OutboxPolicy = OutboxPolicy(), allow: [String] = [],
        clock: SystemClock? = nil, heartbeat: HeartbeatSettings? = nil, isHealthy: @escaping @Sendable () -> Bool = { true },
        beats: (@Sendable () -> HeartbeatSettings?)? = nil,
        answers: (@Sendable (OutgoingRequest) -> TransferOutcome?)? = nil
    ) -> OutboxSender {
        var surroundings = OutboxSender.Surroundings(log: { [log] in log.append($0) })
        surroundings.callbackAllow = { allow }
        surroundings.heartbeat = beats ?? { heartbeat }
        surroundings.isHealthy = isHealthy
        if let answers { surroundings.makeTransport = { waker throws(CurlError) in try FakeTransport(waker, answers) } }
        return OutboxSender(store: store, composer: composer, clock: clock ?? self.clock.clock, policy: policy, surroundings: surroundings)
    }

    func statuses() -> [String] { (try? texts("SELECT status FROM notifications ORDER BY id")) ?? [] }
    func count(_ status: String) -> Int64 { (try? number("SELECT count(*) FROM notifications WHERE status = '\(status)'")) ?? -1 }
}
