package import JSON
internal import TimeZones

/// A length of time in its two largest units: `45s`, `3m`, `2h 5m`, `4d 3h`.
package func shortDuration(seconds: Int64) -> String {
    let seconds = max(0, seconds)
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
    if seconds < 60 { return "\(seconds)s" }
    if minutes < 60 { return "\(minutes)m" }
    if hours < 24 { return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h \(minutes % 60)m" }
    return hours % 24 == 0 ? "\(days)d" : "\(days)d \(hours % 24)h"
}

/// A run's duration: `35 ms`, `1.2 s`, then as `shortDuration`.
package func runDuration(milliseconds: Int64) -> String {
    if milliseconds < 1000 { return "\(max(0, milliseconds)) ms" }
    if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
    return shortDuration(seconds: milliseconds / 1000)
}

/// Seconds since 1970 of a JSON string that holds an RFC 3339 instant.
package func instant(_ value: JSONValue?) -> Int64? { value?.string.flatMap { Timestamp(rfc3339: $0)?.seconds } }

/// `2026-11-22 21:00:00Z` and how far away that is.
package func instantWithDistance(_ value: JSONValue?, now: Int64) -> String? {
    guard let text = value?.string else { return nil }
    guard let seconds = instant(value), let whole = Timestamp(seconds: seconds).rfc3339 else { return text }
    let distance = seconds - now / 1_000_000
    let away = distance > 0 ? "in \(shortDuration(seconds: distance))" : "\(shortDuration(seconds: -distance)) ago"
    return whole.split(separator: "T").joined(separator: " ") + " (\(away))"
}
