import TestKit
import Testing

@testable import Posix

@Suite struct ProcessPartsTests {
    private func bounded(_ limit: Int, _ pieces: [[UInt8]]) -> BoundedOutput {
        var output = BoundedOutput(limit: limit)
        for piece in pieces { piece.withUnsafeBytes { output.append($0) } }
        return output
    }

    @Test(arguments: [
        (8, "", "", 0), (8, "abcdefgh", "abcdefgh", 0), (8, "abcdefghi", "abcdef\n[... 1 bytes cut ...]\nhi", 1),
        (8, "abcde\nXXgh", "abcde\n[... 2 bytes cut ...]\ngh", 2), (0, "abc", "[... 3 bytes cut ...]\n", 3),
        (-1, "abc", "[... 3 bytes cut ...]\n", 3),
        (1, "abc", "a\n[... 2 bytes cut ...]\n", 2), (4, "abcde", "abc\n[... 1 bytes cut ...]\ne", 1),
    ])
    func boundedOutputKeepsHeadAndTail(limit: Int, text: String, kept: String, cut: Int) {
        for size in 1...max(text.utf8.count, 1) {
            let bytes = Array(text.utf8)
            let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
            let output = bounded(limit, pieces)
            #expect(String(decoding: output.joined(), as: UTF8.self) == kept, "in pieces of \(size)")
            #expect(output.cutBytes == cut)
        }
    }

    @Test func boundedOutputAgreesWithAPlainOne() {
        let seed = fuzzSeed(standard: 0x5EED)
        var generator = SplitMix64(seed: seed)
        for round in 0..<fuzzRounds(short: 300) {
            let limit = generator.below(200)
            let pieces = (0..<generator.below(12)).map { _ in
                (0..<generator.below(150)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            }
            let whole = Array(pieces.joined())
            let output = bounded(limit, pieces)
            var expected = whole
            if whole.count > limit {
                let head = whole.prefix(limit - limit / 4)
                let line = head.isEmpty || head.last == 10 ? "" : "\n"
                expected = head + Array("\(line)[... \(whole.count - limit) bytes cut ...]\n".utf8) + whole.suffix(limit / 4)
            }
            #expect(output.joined() == expected, "seed \(seed), round \(round)")
        }
    }

    private func expired(_ life: inout ChildLifecycle) throws -> ChildLifecycle.Act {
        let deadline = try #require(life.deadline)
        return life.expire(at: deadline)
    }

    @Test func aTimeoutTerminatesThenKills() throws {
        var life = ChildLifecycle(timeoutMicros: 100, graceMicros: 10)
        life.started(at: 1000)
        #expect(life.deadline == 1100)
        #expect(try expired(&life) == .terminate)
        #expect(life.deadline == 1110)
        #expect(try expired(&life) == .kill)
        #expect(life.deadline == nil && life.cause == .timeout)
    }

    @Test func withoutATimeoutThereIsNoDeadline() {
        var life = ChildLifecycle(timeoutMicros: 0, graceMicros: 10)
        life.started(at: 1000)
        #expect(life.deadline == nil)
        var endless = ChildLifecycle(timeoutMicros: .max, graceMicros: .max)
        endless.started(at: 1000)
        #expect(endless.deadline == .max)
        #expect(endless.cancel(at: 2000) == .terminate)
        #expect(endless.deadline == .max)
    }

    @Test func theFirstCauseCounts() throws {
        var life = ChildLifecycle(timeoutMicros: 100, graceMicros: 50)
        life.started(at: 0)
        #expect(try expired(&life) == .terminate)
        #expect(life.cancel(at: 110, grace: 10) == .nothing)
        #expect(life.cause == .timeout)
        #expect(life.deadline == 120)
    }

    @Test func aStoppingSupervisorGivesUpOnWhatCannotDie() throws {
        var life = ChildLifecycle(timeoutMicros: 0, graceMicros: 50)
        life.started(at: 0)
        life.hurry(at: 10)
        #expect(life.cancel(at: 10, grace: 20) == .terminate)
        #expect(life.deadline == 30)
        #expect(try expired(&life) == .kill)
        #expect(life.deadline == 30 + ChildLifecycle.abandonMicros)
        #expect(try expired(&life) == .abandon)
    }

    @Test func drainingEndsAfterQuietOrAtItsBound() throws {
        var life = ChildLifecycle(timeoutMicros: 0, graceMicros: 0)
        life.started(at: 0)
        life.exited(at: 0)
        #expect(life.deadline == ChildLifecycle.quietMicros)
        for now in stride(from: Int64(0), through: ChildLifecycle.drainMicros, by: 50_000) { life.heard(at: now) }
        #expect(life.deadline == ChildLifecycle.drainMicros)
        #expect(try expired(&life) == .finish)
    }

    @Test func aFailedStartIsRepeatedForAWhile() throws {
        var life = ChildLifecycle(timeoutMicros: 100, graceMicros: 0)
        var now: Int64 = 0
        var tries = 0
        while life.startFailed(at: now, mayWait: false) {
            now = try #require(life.deadline)
            #expect(life.expire(at: now) == .start)
            tries += 1
        }
        #expect(now >= ChildLifecycle.startMicros && now < ChildLifecycle.startMicros + 200_000)
        #expect((10...30).contains(tries))
        #expect(life.cancel(at: now) == .finish)
    }

    @Test func aShortageIsWaitedOutWhileOthersRunAndOnlyThen() throws {
        var life = ChildLifecycle(timeoutMicros: 100, graceMicros: 0)
        var now: Int64 = 0
        while now < 60_000_000 {
            let goesOn = life.startFailed(at: now, mayWait: true)
            #expect(goesOn)
            let next = try #require(life.deadline)
            #expect(next - now <= 200_000)
            now = next
            #expect(life.expire(at: now) == .start)
        }
        let alone = now
        while life.startFailed(at: now, mayWait: false) {
            now = try #require(life.deadline)
            #expect(life.expire(at: now) == .start)
        }
        #expect(now - alone >= ChildLifecycle.startMicros)
    }
}
