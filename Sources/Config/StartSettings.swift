/// What of a configuration is looked at once, when the server starts.
extension ConfigFile {
    /// The keys among them that say something else here, in the order of the documentation.
    package func settingsForStart(otherThan started: ConfigFile) -> [String] {
        let keys: [(name: String, isSame: Bool)] = [
            ("account", account == started.account), ("public_url", publicURL == started.publicURL), ("listen", listen == started.listen),
            ("trusted_proxies", trustedProxies == started.trustedProxies),
            ("rate_limit_per_address", ratePerAddress == started.ratePerAddress), ("data", dataDirectory == started.dataDirectory),
            ("max_concurrent_runs", maxConcurrentRuns == started.maxConcurrentRuns), ("retention_days", retentionDays == started.retentionDays),
            ("retention_size", retentionSize == started.retentionSize), ("event_loops", eventLoops == started.eventLoops),
        ]
        return keys.filter { !$0.isSame }.map(\.name)
    }
}
