import Model
import Triggers
import Testing

@Suite struct RateLimitTests {
    @Test(arguments: [
        ("60/min", 60, 60, 60), ("5/s", 5, 1, 5), ("100/10s", 100, 10, 100), ("1/h burst 3", 1, 3600, 3), ("100000/s", 100_000, 1, 100_000),
        ("1/day", 1, 86_400, 1), ("10/1m30s", 10, 90, 10),
    ])
    func ratesAreRead(text: String, count: Int, window: Int, burst: Int) throws {
        let limit = try #require(RateLimit(text))
        #expect((limit.count, limit.windowSeconds, limit.burst) == (count, window, burst))
    }

    @Test(arguments: [
        "", "60", "60/", "/min", "0/min", "100001/s", "-1/s", "+1/s", "1.5/s", "60/week", "60/0s", "60/2d", "60/60", "60/min burst", "60/min burst 0",
        "60/min burst 100001", "60/min bust 5", "60 / min", "60/min/s", "٣/s", "60/min burst 5 x",
    ])
    func whatIsNoRateIsRefused(text: String) { #expect(RateLimit(text) == nil) }

    @Test func aBucketGivesItsBurstAndThenItsRate() throws {
        let bucket = RateBucket(try #require(RateLimit("60/min burst 3")))
        var now: Int64 = 5_000_000
        #expect(bucket.look(at: now) == .init(isAllowed: true, remaining: 3, resetSeconds: 0, retrySeconds: 0))
        #expect((0..<3).map { _ in bucket.take(at: now).remaining } == [2, 1, 0])
        let empty = bucket.take(at: now)
        #expect(!empty.isAllowed && empty.retrySeconds == 1 && empty.resetSeconds == 3)
        #expect(!bucket.look(at: now + 999_999).isAllowed)
        now += 1_000_000
        #expect(bucket.look(at: now).isAllowed)
        #expect(bucket.take(at: now).isAllowed)
        #expect(!bucket.take(at: now).isAllowed)
        now += 3_600_000_000
        #expect((0..<4).map { _ in bucket.take(at: now).isAllowed } == [true, true, true, false])
    }

    @Test func noMoreThanTheRateGetsThroughOverTime() throws {
        let bucket = RateBucket(try #require(RateLimit("7/s burst 2")))
        let taken = (0..<100_000).count { bucket.take(at: Int64($0) * 1000).isAllowed }
        #expect((700...703).contains(taken), "\(taken)")
    }
}
