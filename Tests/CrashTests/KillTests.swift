import Foundation
import TestKit
import Testing

/// The promises of a server that is ended at any moment, as the senders of deliveries see them.
@Suite(.serialized) struct CrashTests {}

extension CrashTests {
    @Test func killDuringALoadLosesNoPromiseAndDoublesNone() throws {
        let seed = crashSeed("kill -9 during a load")
        let rounds = crashRounds(short: 4)
        var random = SplitMix64(seed: seed)
        let ledger = Ledger()
        let server = try CrashServer(files: ["wrapd.yaml": gatedHook])
        try server.start()
        var stored = 0
        for round in 1...rounds {
            let target = ledger.count + 1 + random.below(crashScale(short: 300, long: 3000))
            let load = try Load(port: server.port, ledger: ledger, seed: random.next(), senders: crashScale(short: 8, long: 512))
            #expect(waitUntil(seconds: 30) { ledger.count >= target }, "the load stands still: \(server.errors)")
            server.kill()
            load.end()
            try server.start()
            try repeatPromises(ledger, port: server.port, limit: 200, &random)
            let verdict = Verdict(database: server.database, ledger: ledger)
            #expect(verdict.problems.isEmpty, "round \(round)")
            #expect(verdict.lost == 0, "round \(round): of \(ledger.count) promised deliveries")
            stored = verdict.stored
        }
        try server.stop()
        print(
            "kill -9: \(rounds) rounds, \(ledger.count) answers of 202, \(stored) deliveries stored, \(ledger.repeats) repeats "
                + "answered alike")
    }
}
