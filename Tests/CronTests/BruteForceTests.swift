import Cron
import Glibc
import Testing
import TimeZones

/// `next` against a walk over all minutes, which knows a zone only by its offset at an instant.
@Suite struct BruteForceTests {
    /// A zone and the weeks around one of its changes.
    static let places: [(zone: String, around: String)] = [
        ("UTC", "2026-02-20T00:00:00Z"), ("Europe/Paris", "2026-03-29T01:00:00Z"), ("Europe/Paris", "2026-10-25T01:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"), ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
        ("America/St_Johns", "2006-10-29T02:31:00Z"), ("America/St_Johns", "2006-04-02T03:31:00Z"),
        ("Antarctica/Troll", "2026-10-25T01:00:00Z"),
        ("Europe/Dublin", "2026-10-25T01:00:00Z"), ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
        ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
        ("America/New_York", "2099-11-01T06:00:00Z"), ("Pacific/Kwajalein", "1993-08-20T12:00:00Z"),
        ("America/Juneau", "1983-10-30T10:00:00Z"),
    ]

    /// Zones whose changes are all of whole minutes since 1970.
    static let zones = Set(places.map(\.zone)).union(["Pacific/Chatham", "Asia/Tehran", "Asia/Gaza", "America/Santiago"]).sorted()

    /// Half of them known for their oddity, the others a zone's change at any time from 1970 to 2100, or any days of it.
    private func randomWalk(using generator: inout SeededGenerator) throws -> (walk: Walk, place: String) {
        if Bool.random(using: &generator) {
            let place = Self.places.randomElement(using: &generator)!
            return (Walk(zone: try zone(place.zone), around: try instant(place.around), days: 5), "\(place.zone) around \(place.around)")
        }
        let name = Self.zones.randomElement(using: &generator)!
        let zone = try zone(name)
        let any = Int64.random(in: 0..<4_133_980_800, using: &generator)
        let around = zone.nextTransition(after: any) ?? any
        return (Walk(zone: zone, around: around, days: 5), "\(name) around \(around)")
    }

    @Test func `agrees with a walk over every minute`() throws {
        let seed = fuzzSeed(0x5EED_C407)
        print("seed of the walk over every minute: \(seed)")
        var generator = SeededGenerator(state: seed)
        // Each walk answers many questions, so that the short form stays short.
        let walks = max(1, fuzzRounds(short: 3000) / 60)
        for _ in 0..<walks {
            let (walk, place) = try randomWalk(using: &generator)
            for _ in 0..<10 {
                let text = randomExpression(using: &generator)
                guard let cron = try? CronExpression(text) else {
                    Issue.record("rejected: \(text) (seed \(seed))")
                    continue
                }
                let expected = walk.instants(of: MinuteSets(text), fixed: cron.isFixedTime)
                let all = Array(cron.instants(after: walk.start - 1, in: walk.zone).prefix { $0 < walk.end })
                #expect(all == expected, "\(text) in \(place), seed \(seed)")
                for _ in 0..<5 {
                    let from = Int64.random(in: walk.start..<walk.end, using: &generator)
                    let answer = cron.next(after: from, in: walk.zone).flatMap { $0 < walk.end ? $0 : nil }
                    #expect(answer == expected.first { $0 > from }, "\(text) in \(place) from \(from), seed \(seed)")
                }
            }
        }
    }

    private func randomExpression(using generator: inout SeededGenerator) -> String {
        let minute = ["0", "*", "*/7", "*/30", "1,31", "0,15,30,45", "5-50/9", "59", "*,3", "0-59"].randomElement(using: &generator)!
        let hour = ["*", "0", "1", "2", "3", "23", "0-3", "*/2", "1,2,3", "22,23,0", "0-23", "*/5", "12"].randomElement(using: &generator)!
        let date = ["*", "*", "?", "*/2", "1-31/3", "29", "30", "31", "1", "28,29", "5,*"].randomElement(using: &generator)!
        let month = ["*", "*", "*", "1-12/2", "3,10", "*/2"].randomElement(using: &generator)!
        let weekday = ["*", "*", "?", "0", "*/2", "1-5", "6,7", "5-0", "*/7", "4"].randomElement(using: &generator)!
        return "\(minute) \(hour) \(date) \(month) \(weekday)"
    }
}

/// The minutes of some days around an instant, with what the zone's clock shows at each.
private struct Walk {
    let zone: Zone
    let start: Int64
    let end: Int64
    private var clock: [(instant: Int64, shown: Int64)] = []

    init(zone: Zone, around: Int64, days: Int64) {
        self.zone = zone
        start = (around - days * 43_200) / 60 * 60
        end = (around + days * 43_200) / 60 * 60
        // Two days more, so that what has been shown before the start is known.
        for instant in stride(from: start - 172_800, to: end, by: 60) {
            clock.append((instant, instant + Int64(zone.utcOffset(at: instant))))
        }
    }

    /// For an interval every minute that matches; else each matching time once, when the clock reaches it or jumps past it.
    func instants(of sets: MinuteSets, fixed: Bool) -> [Int64] {
        guard fixed else { return clock.filter { $0.instant >= start && sets.matches($0.shown) }.map(\.instant) }
        var served: Set<Int64> = []
        var found: [Int64] = []
        var previous = clock[0].shown - 60
        for (instant, shown) in clock {
            var fires = false
            // All times from the one after the last shown up to this one: one, or a whole gap; none when the clock went back.
            for local in stride(from: min(previous + 60, shown), through: shown, by: 60)
            where sets.matches(local) && served.insert(local).inserted {
                fires = true
            }
            if fires, instant >= start { found.append(instant) }
            previous = shown
        }
        return found
    }
}

/// The meaning of an expression without L, W and #, worked out the slow way and apart from the parser under test.
private struct MinuteSets {
    private let allowed: [Set<Int>]
    private let both: Bool

    init(_ text: String) {
        let fields = text.split(separator: " ").map(String.init)
        let bounds = [0...59, 0...23, 1...31, 1...12, 0...7]
        allowed = zip(fields, bounds).map { Self.values(of: $0, within: $1) }
        both = "*?".contains(fields[2].first!) || "*?".contains(fields[4].first!)
    }

    private static func values(of field: String, within bounds: ClosedRange<Int>) -> Set<Int> {
        var all: Set<Int> = []
        for item in field.split(separator: ",") {
            let parts = item.split(separator: "/")
            let step = parts.count == 2 ? Int(parts[1])! : 1
            var range = bounds
            if parts[0] != "*", parts[0] != "?" {
                let ends = parts[0].split(separator: "-").map { Int($0)! }
                let last = ends.count == 2 && ends[1] == 0 && bounds.upperBound == 7 ? 7 : ends.last!
                range = ends[0]...last
            }
            all.formUnion(range.filter { ($0 - range.lowerBound) % step == 0 })
        }
        return bounds.upperBound == 7 ? Set(all.map { $0 % 7 }) : all
    }

    /// The C library's calendar, not ours.
    func matches(_ local: Int64) -> Bool {
        var time = time_t(local)
        var parts = tm()
        gmtime_r(&time, &parts)
        guard allowed[0].contains(Int(parts.tm_min)), allowed[1].contains(Int(parts.tm_hour)), allowed[3].contains(Int(parts.tm_mon) + 1)
        else { return false }
        let date = allowed[2].contains(Int(parts.tm_mday))
        let weekday = allowed[4].contains(Int(parts.tm_wday))
        return both ? date && weekday : date || weekday
    }
}
