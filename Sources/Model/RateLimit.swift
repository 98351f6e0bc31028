/// How often something may happen: `60/min`, `5/s burst 20`. A token bucket that holds `burst` and regains `count` in each window.
package struct RateLimit: Sendable, Equatable {
    package let count: Int
    package let windowSeconds: Int
    /// How many may come at once after a pause; `count` unless said otherwise.
    package let burst: Int
    /// As it was written.
    package let text: String

    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard let rate = words.first, words.count == 1 || (words.count == 3 && words[1] == "burst") else { return nil }
        let parts = rate.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Self.number(parts[0]), let window = Self.seconds(String(parts[1])), 1...86_400 ~= window,
            1...100_000 ~= count
        else { return nil }
        var burst = count
        if words.count == 3 {
            guard let given = Self.number(words[2]), 1...100_000 ~= given else { return nil }
            burst = given
        }
        self.count = count
        windowSeconds = window
        self.burst = burst
        self.text = text
    }

    private static func number(_ digits: Substring) -> Int? {
        1...6 ~= digits.utf8.count && digits.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(digits) : nil
    }

    private static func seconds(_ window: String) -> Int? {
        switch window {
        case "s", "sec", "second": 1
        case "m", "min", "minute": 60
        case "h", "hour": 3600
        case "d", "day": 86_400
        default: window.utf8.last.map { 0x30...0x39 ~= $0 } == true ? nil : durationSeconds(window)
        }
    }

    // MARK: The bucket

    /// The bucket is one number: the instant at which it will be full again (the generic cell rate algorithm). Microseconds of one clock.
    package struct State: Sendable, Equatable {
        package var isAllowed: Bool
        package var remaining: Int
        /// Whole seconds until the bucket is full.
        package var resetSeconds: Int
        /// Whole seconds until the next one is allowed; 0 if one is.
        package var retrySeconds: Int

        package init(isAllowed: Bool, remaining: Int, resetSeconds: Int, retrySeconds: Int) {
            self.isAllowed = isAllowed
            self.remaining = remaining
            self.resetSeconds = resetSeconds
            self.retrySeconds = retrySeconds
        }
    }

    private var interval: Int64 { max(1, Int64(windowSeconds) * 1_000_000 / Int64(count)) }

    /// One is taken, if there is one.
    package func take(_ full: Int64, at now: Int64) -> (full: Int64, state: State) {
        let after = max(full, now) + interval
        let isAllowed = after - now <= interval * Int64(burst)
        return (isAllowed ? after : full, state(isAllowed ? after : full, at: now, isAllowed))
    }

    /// What it looks like to the next one, without taking.
    package func look(_ full: Int64, at now: Int64) -> State {
        state(full, at: now, max(full, now) + interval - now <= interval * Int64(burst))
    }

    private func state(_ full: Int64, at now: Int64, _ isAllowed: Bool) -> State {
        let used = max(full, now) - now
        let room = interval * Int64(burst)
        let remaining = max(0, (room - used) / interval)
        let wait = isAllowed ? 0 : max(1, used + interval - room)
        return State(
            isAllowed: isAllowed, remaining: Int(remaining), resetSeconds: Int((used + 999_999) / 1_000_000),
            retrySeconds: Int((wait + 999_999) / 1_000_000))
    }
}
