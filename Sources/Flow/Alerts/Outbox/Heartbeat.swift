internal import Curl
internal import Model
internal import Posix

/// Asks for a URL now and then for as long as the server is well, so that its silence is noticed elsewhere. For one thread.
final class Heartbeat {
    /// The id of its request, which no row has.
    static let id: Int64 = -1

    private let policy: OutboxPolicy
    private let settings: () -> HeartbeatSettings?
    private let isHealthy: () -> Bool
    private let log: (String) -> Void
    /// By the monotonic clock.
    private(set) var dueAt: Int64
    private var lastTurn: Int64?
    private var isUnderWay = false
    private var isConfigured = false
    private var wasHeard: Bool?

    /// Between two looks at a configuration without a heartbeat, in microseconds.
    private static let idlePause: Int64 = 60_000_000

    init(
        policy: OutboxPolicy, settings: @escaping () -> HeartbeatSettings?, isHealthy: @escaping () -> Bool, now: Int64,
        log: @escaping (String) -> Void
    ) {
        self.policy = policy
        self.settings = settings
        self.isHealthy = isHealthy
        self.log = log
        dueAt = now
    }

    /// The configuration may have changed.
    func reconsider(_ now: Int64) {
        guard let settings = settings() else { return }
        dueAt = isConfigured ? lastTurn.map { Self.next(after: $0, settings) } ?? now : now
    }

    private static func next(after turn: Int64, _ settings: HeartbeatSettings) -> Int64 { turn + Int64(settings.every) * 1_000_000 }

    /// The request, when it is time for one.
    func request(now: Int64) -> OutgoingRequest? {
        guard now >= dueAt else { return nil }
        let settings = settings()
        isConfigured = settings != nil
        guard let settings else {
            dueAt = now + Self.idlePause
            return nil
        }
        lastTurn = now
        dueAt = Self.next(after: now, settings)
        guard !isUnderWay, isHealthy() else { return nil }
        var request = OutgoingRequest(method: "GET", url: settings.url)
        request.limit(policy)
        request.usesEnvironmentProxy = true
        isUnderWay = true
        return request
    }

    /// Says when it begins to fail, and when it is heard again.
    func ended(_ outcome: TransferOutcome) {
        isUnderWay = false
        let failure: String? =
            switch outcome {
            case .response(let response): (200...299).contains(response.status) ? nil : "the answer was \(response.status)"
            case .failure(let error): error.message
            case .mail: "a mail server answered"
            }
        let isHeard = failure == nil
        defer { wasHeard = isHeard }
        if let failure, wasHeard != false { log("the heartbeat is not heard: \(failure)") }
        if isHeard, wasHeard == false { log("the heartbeat is heard again") }
    }
}
