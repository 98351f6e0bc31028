/// Counts of durations by their length, as Prometheus wants them.
package struct Histogram: Sendable {
    /// Upper ends in microseconds; what is longer than the last one counts only in `count`.
    package static let bounds: [Int64] = [
        1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 30_000_000,
    ]

    private var counts = [Int](repeating: 0, count: bounds.count)
    package private(set) var count = 0
    package private(set) var sum: Int64 = 0
    package private(set) var longest: Int64 = 0

    mutating func add(_ microseconds: Int64) {
        count += 1
        sum += microseconds
        longest = max(longest, microseconds)
        if let index = Self.bounds.firstIndex(where: { microseconds <= $0 }) { counts[index] += 1 }
    }

    /// How many were at most as long as each bound.
    package var cumulative: [(bound: Int64, count: Int)] {
        var total = 0
        return zip(Self.bounds, counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
