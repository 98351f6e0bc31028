import Foundation
import TestKit
import Testing

/// kill -9 cannot show a missing sync, since the page cache outlives the process: here the unsynced is really gone.
extension CrashTests {
    @Test func powerCutDuringALoadLosesNoPromise() throws {
        let seed = crashSeed("power cuts during a load")
        let rounds = crashRounds(short: 4)
        var random = SplitMix64(seed: seed)
        let ledger = Ledger()
        let disk = try PowerlessServer()
        var total = CutReport()
        for round in 1...rounds {
            let plan = PowerCut.Plan(operations: 300 + random.below(crashScale(short: 4000, long: 30_000)), seed: random.next())
            total.add(try disk.cut(plan, ledger: ledger, loadSeed: random.next()))
            try disk.server.start()
            try repeatPromises(ledger, port: disk.server.port, limit: 200, &random)
            let verdict = Verdict(database: disk.server.database, ledger: ledger)
            #expect(verdict.problems.isEmpty, "round \(round), \(plan)")
            #expect(verdict.lost == 0, "round \(round), \(plan): of \(ledger.count) promised deliveries")
            try disk.server.stop()
        }
        #expect(total.syncs > rounds && ledger.count > rounds, "the library saw nothing of the server's work")
        print(
            "power cuts: \(rounds) rounds, \(ledger.count) answers of 202, \(total.syncs) syncs, dropped \(total.droppedPages) of "
                + "\(total.unsyncedPages) unsynced pages and \(total.droppedNames) names")
    }

    /// Key, schema and first rows are written in the first moments; whatever is left of them, the next start must cope.
    @Test func powerCutDuringTheFirstStartLeavesAStartableServer() throws {
        let seed = crashSeed("power cuts during the first start")
        var random = SplitMix64(seed: seed)
        let moments = (1...100).shuffled(using: &random).prefix(crashRounds(short: 5) * 2)
        for moment in moments {
            let ledger = Ledger()
            let disk = try PowerlessServer()
            let plan = PowerCut.Plan(operations: moment, seed: random.next())
            _ = try disk.cut(plan, ledger: ledger, loadSeed: random.next())
            try disk.server.start()
            #expect(try Sender(port: disk.server.port).deliver("after-the-cut").status == 202, "\(plan)")
            let verdict = Verdict(database: disk.server.database, ledger: ledger)
            #expect(verdict.isClean, "\(plan): \(verdict)")
            disk.server.kill()
        }
    }

    /// Without its syncs the same server must fail the same examination, else that examines nothing.
    @Test(arguments: ["-wal", "sluice.db", "/"]) func missingSyncIsNoticed(lie: String) throws {
        let seed = crashSeed("power cuts without syncs of \(lie)")
        var random = SplitMix64(seed: seed)
        // A cut may come when the kernel has written everything back by itself, and even a liar has lost nothing: hence several.
        var cuts = 0
        while cuts < 12 {
            cuts += 1
            let ledger = Ledger()
            let disk = try PowerlessServer()
            let plan = PowerCut.Plan(operations: 2000 + random.below(3000), seed: random.next(), lie: lie)
            _ = try disk.cut(plan, ledger: ledger, loadSeed: random.next())
            #expect(ledger.count > 10)
            // A database in pieces may keep the server from starting at all: that is noticed, too.
            let ended = try disk.server.begin()
            let verdict = Verdict(database: disk.server.database, ledger: ledger)
            print("without syncs of \(lie): \(verdict.lost) of \(ledger.count) lost")
            if ended != nil || !verdict.isClean { return }
        }
        Issue.record("\(cuts) power cuts without syncs of \(lie), and nothing was noticed")
    }
}
