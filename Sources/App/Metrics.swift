internal import API
internal import Alerts
internal import HTTP
internal import Model
internal import Runs
internal import Store
internal import Synchronization
internal import Triggers

/// `GET /metrics`: Prometheus' text format 0.0.4.
final class Metrics: Sendable {
    private let store: Store
    private let dispatcher: Dispatcher
    private let scheduler: Scheduler
    private let rateRefusals: RateRefusals
    private let outbox: OutboxSender
    private let server = Mutex<HTTPServer?>(nil)

    init(store: Store, dispatcher: Dispatcher, scheduler: Scheduler, rateRefusals: RateRefusals, outbox: OutboxSender) {
        self.store = store
        self.dispatcher = dispatcher
        self.scheduler = scheduler
        self.rateRefusals = rateRefusals
        self.outbox = outbox
    }

    func watch(_ server: HTTPServer) { self.server.withLock { $0 = server } }

    func text() -> String {
        var lines = ""
        func add(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
            lines += "# HELP sluice_\(name) \(help)\n# TYPE sluice_\(name) \(kind)\n"
            for sample in samples { lines += "sluice_\(name)\(sample.labels) \(sample.value)\n" }
        }
        if let pending = try? store.pendingApprovals() {
            add("approvals_pending", "gauge", "Approvals that wait for a decision.", [("", pending)])
        }
        if let open = try? store.openRuns() {
            add("runs_open", "gauge", "Runs that have not ended.", [("{status=\"queued\"}", open.queued), ("{status=\"running\"}", open.running)])
        }
        if let open = try? store.openNotifications() {
            add(
                "notifications_open", "gauge", "Notifications that are to be sent, or wait for their time.",
                [("{status=\"pending\"}", open.pending), ("{status=\"waiting\"}", open.waiting)])
        }
        let told = outbox.counters
        func byKind(_ counts: [ChannelKind: Int]) -> [(labels: String, value: Int)] {
            ChannelKind.allCases.map { ("{channel=\"\($0.rawValue)\"}", counts[$0] ?? 0) }
        }
        add("notifications_sent_total", "counter", "Notifications that their destination took, by the kind of channel.", byKind(told.sent))
        add("notifications_retried_total", "counter", "Tries that failed and are made again.", byKind(told.retried))
        add("notifications_dead_total", "counter", "Notifications that were given up.", byKind(told.dead))
        add("notifications_in_flight", "gauge", "Notifications that are being sent.", [("", told.inFlight)])
        add("notification_breakers_open", "gauge", "Destinations that fail and are only probed.", [("", told.openBreakers)])
        let fires = scheduler.counters
        add("schedules", "gauge", "Schedules that are known.", [("", scheduler.count)])
        add("schedule_fires_total", "counter", "Fires that made a call.", [("", fires.made)])
        add(
            "schedule_skipped_total", "counter", "Fires that did not run, by reason.",
            SkipReason.allCases.map { ("{reason=\"\($0.rawValue)\"}", fires.skipped[$0] ?? 0) })
        lines += lateness(fires.lateness)
        let deliveries = store.deliveryTally
        add(
            "deliveries_total", "counter", "Deliveries of webhook senders, by what became of them.",
            [
                ("{verdict=\"accepted\"}", deliveries.accepted), ("{verdict=\"ignored\"}", deliveries.ignored),
                ("{verdict=\"repeated\"}", deliveries.repeated), ("{verdict=\"rejected\"}", deliveries.rejected),
            ])
        add(
            "rate_limited_total", "counter", "Requests refused because a rate was used up, by whose it was.",
            [
                ("{kind=\"address\"}", rateRefusals.byAddress),
                ("{kind=\"endpoint\"}", rateRefusals.byEndpoint),
            ])
        if let bytes = try? store.usedBytes() {
            add("store_bytes", "gauge", "What the database holds, without pages that are free to be used again.", [("", Int(bytes))])
        }
        let counters = store.counters
        add("store_syncs_total", "counter", "Transactions synced to disk.", [("", counters.syncs)])
        add("store_commands_total", "counter", "Commands committed in them.", [("", counters.commands)])
        add("store_backlog", "gauge", "Commands that wait for the disk.", [("", store.backlog)])
        if let server = server.withLock({ $0 }) {
            add("http_requests_total", "counter", "Requests served.", [("", server.counters.requests.load(ordering: .relaxed))])
            add(
                "http_connections", "gauge", "Open connections.", [("", server.counters.connectionsOpen.load(ordering: .relaxed))])
            add(
                "http_connections_total", "counter", "Connections accepted.",
                [("", server.counters.connectionsAccepted.load(ordering: .relaxed))])
            add(
                "http_rejected_total", "counter", "Requests that the server refused by itself.",
                Rejection.allCases.map { ("{reason=\"\($0.rawValue)\"}", server.counters.rejected($0)) })
        }
        add("up", "gauge", "1 while the server runs.", [("", 1)])
        return lines
    }

    private func lateness(_ histogram: Histogram) -> String {
        let name = "sluice_schedule_lateness_seconds"
        var lines = "# HELP \(name) From the time a fire was due to its call being on disk.\n# TYPE \(name) histogram\n"
        for (bound, count) in histogram.cumulative { lines += "\(name)_bucket{le=\"\(Double(bound) / 1_000_000)\"} \(count)\n" }
        lines += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n\(name)_sum \(Double(histogram.sum) / 1_000_000)\n"
        lines += "\(name)_count \(histogram.count)\n"
        let longest = "sluice_schedule_lateness_longest_seconds"
        return lines + "# HELP \(longest) The longest of them.\n# TYPE \(longest) gauge\n\(longest) \(Double(histogram.longest) / 1_000_000)\n"
    }
}
