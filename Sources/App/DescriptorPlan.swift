/// How the descriptors that this process may open are shared out: those of the database, the loops and the log come first, then commands
/// and connections have a part each that the other cannot take.
struct DescriptorPlan: Equatable {
    let connections: Int
    let runs: Int
    let loops: Int
    /// For the log, when fewer runs or loops than wanted fit.
    let shortages: [String]

    /// Database, files, notifications going out. Under a low limit this and the loops have half of it.
    private static let reserved = 128
    /// Of an event loop: its epoll and what wakes it.
    private static let perLoop = 2
    /// Of a command that runs: two pipes and its process. While it starts, the other ends and its input for a moment.
    private static let perRun = 3
    private static let mostConnections = 10_000

    init(limit: Int, wantedRuns: Int, wantedLoops: Int) {
        // Under a low limit a quarter of the half.
        loops = max(1, min(wantedLoops, limit / 8 / Self.perLoop))
        let shared = limit - min(Self.reserved + loops * Self.perLoop, limit / 2)
        let fitting = max(1, shared / 2 / Self.perRun)
        runs = min(wantedRuns, fitting)
        connections = max(1, min(Self.mostConnections, shared - runs * Self.perRun))
        var shortages: [String] = []
        if runs < wantedRuns { shortages.append("at most \(runs) of \(wantedRuns) commands run at once") }
        if loops < wantedLoops { shortages.append("\(loops) of \(wantedLoops) event loops serve connections") }
        self.shortages = shortages.map {
            "\($0): this process may have \(limit) descriptors open; raise its limit (LimitNOFILE=, ulimit -n)"
        }
    }
}
