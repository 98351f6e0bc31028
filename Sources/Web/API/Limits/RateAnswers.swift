internal import HTTP
internal import JSON
internal import Model

extension Problem {
    /// 429 with the members that clients of the hosted product read.
    static func rateLimited(_ limit: RateLimit, _ state: RateLimit.State) -> Problem {
        Problem(
            429, "rate_limited", "rate limit exceeded: \(limit.text)",
            extra: [
                ("limit", .int(limit.count)), ("window", .string("\(limit.windowSeconds)s")), ("retry_after", .int(state.retrySeconds)),
            ],
            headers: [("Retry-After", "\(state.retrySeconds)")] + rateHeaders(limit, state))
    }
}

/// Sent only where a limit is set.
func rateHeaders(_ limit: RateLimit, _ state: RateLimit.State) -> [Response.Header] {
    [
        ("X-RateLimit-Limit", "\(limit.count)"), ("X-RateLimit-Remaining", "\(state.remaining)"),
        ("X-RateLimit-Reset", "\(state.resetSeconds)"),
    ]
}
