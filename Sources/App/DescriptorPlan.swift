/// How the descriptors that this process may open are shared out: those of the database, the loops and the log come first, then commands
/// and connections have a part each that the other cannot take.
struct DescriptorPlan: Equatable {
    let connections: Int
    let runs: Int
    /// For the log, when fewer runs than wanted fit.
    let shortage: String?

    /// Database, files, loops, notifications going out; under a low limit, half of it.
    private static let reserved = 128
    /// Of a command that runs: two pipes and its process. While it starts, the other ends and its input for a moment.
    private static let perRun = 3
    private static let mostConnections = 10_000

    init(limit: Int, wantedRuns: Int) {
        let shared = limit - min(Self.reserved, limit / 2)
        let fitting = max(1, shared / 2 / Self.perRun)
        runs = min(wantedRuns, fitting)
        connections = max(1, min(Self.mostConnections, shared - runs * Self.perRun))
        shortage =
            runs == wantedRuns
            ? nil
            : "at most \(runs) of \(wantedRuns) commands run at once: this process may have \(limit) descriptors open; raise its limit "
                + "(LimitNOFILE=, ulimit -n)"
    }
}
