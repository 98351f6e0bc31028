import Posix
import SQLite
@testable import Store
import Synchronization
import TestKit
import Testing

/// What the operator hears while a start brings the database up to date.
@Suite struct StartProgressTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        var tell: @Sendable (String) -> Void { { line in self.lines.withLock { $0.append(line) } } }
    }

    private static let prefix = "the database is being brought up to date: "

    @Test func `an upgrade is told before it begins, an ordinary start says nothing`() throws {
        let folder = try TemporaryDirectory()
        let lines = Lines()
        let path = folder.file("sluice.db")
        try makeOlderDatabase(path)
        try Store(path: path, progress: lines.tell).close()
        #expect(lines.all == [Self.prefix + "step 1 of \(Schema.migrations.count - 6)", "the database is up to date"])
        for path in [path, folder.file("new.db"), folder.file("new.db")] {
            let silent = Lines()
            try Store(path: path, progress: silent.tell).close()
            #expect(silent.all == [])
        }
    }

    /// Time passes with each look at the clock.
    private func progress(step: Int64, _ lines: Lines) -> StartProgress {
        let clock = TestClock(wall: 0)
        return StartProgress(
            clock: SystemClock(wall: clock.clock.wall) {
                clock.advance(by: step)
                return clock.clock.monotonic()
            }, tell: lines.tell)
    }

    private func caughtUp(_ step: Int64, ordinary: Int = 29) throws -> [String] {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        // The first ten went with time.
        try addDeliveries(11...40, to: connection)
        let lines = Lines()
        let progress = progress(step: step, lines)
        try DeliveryIndex.catchUp(connection, ordinary: ordinary, stretch: 10, progress: progress)
        #expect(try connection.integer("SELECT count(*) FROM delivery_hashes") == (ordinary < 30 ? 30 : 0))
        // The next start finds nothing to do.
        try DeliveryIndex.catchUp(connection, ordinary: ordinary, stretch: 10, progress: progress)
        progress.finished()
        return lines.all
    }

    @Test func `how far it has come is told every few seconds while it lasts`() throws {
        let counts = ["0", "10", "20", "30"].map { "\(Self.prefix)\($0) of 30 deliveries" }
        #expect(try caughtUp(6_000_000) == counts + ["the database is up to date"])
        #expect(try caughtUp(3_000_000) == [counts[0], counts[2], "the database is up to date"])
        #expect(try caughtUp(1000) == [counts[0], "the database is up to date"])
    }

    @Test func `what a start always has to read is not worth a line`() throws {
        #expect(try caughtUp(6_000_000, ordinary: 30) == [])
    }

    @Test(arguments: [0, 1]) func `a start that was cut off goes on where it was`(isAnnounced: Int) throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        try addDeliveries(1...20, to: connection)
        try DeliveryIndex.catchUp(connection, ordinary: 0)
        try addDeliveries(21...25, to: connection)
        let lines = Lines()
        try DeliveryIndex.catchUp(connection, ordinary: 5 - isAnnounced, progress: progress(step: 1, lines))
        #expect(lines.all == (isAnnounced == 1 ? [Self.prefix + "0 of 5 deliveries"] : []))
        let index = try DeliveryIndex(connection, generation: 1000)
        for id in 1...25 { #expect(try index.find(DeliveryIndex.Key(1, "d\(id)"), 1, "d\(id)") == Int64(id)) }
    }
}
