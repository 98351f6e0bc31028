import Model
import TestKit
import Testing
import Triggers

/// Random damage to what a sender sends: nothing crashes, and nothing that is covered by a signature is taken when it was changed.
@Suite struct SourceFuzzTests {
    private static let pieces = [
        "", ",", "=", "v1=", "v0=", "v1,", "v1a,", "t=", "t=1760000000", " ", "sha256=", "\t", "0", "99999999999999999999", "-1", ";", "\u{0}",
        "ü", String(repeating: "v1=,", count: 50), String(repeating: "A", count: 300), "whsec_", "==", "%", "[", ":443",
    ]

    @Test(arguments: sourceRows)
    func `damaged headers and bodies are judged`(_ row: SourceRow) throws {
        let seed = fuzzSeed(standard: 0x50_0DCE)
        print("webhook fuzz: \(row.name), seed \(seed)")
        var random = SplitMix64(seed: seed)
        let endpoint = try webhook(row.source, secrets: [row.secret])
        let intact = [row.signature] + row.headers
        for round in 0..<fuzzRounds(short: 150) {
            var sent = row.sent
            sent.headers = intact
            switch random.below(5) {
            case 0: sent.body = damaged(sent.body, &random)
            case 1: sent.headers.remove(at: random.below(sent.headers.count))
            case 2: sent.headers.append((intact[random.below(intact.count)].0, Self.pieces[random.below(Self.pieces.count)]))
            case 3: sent.url = sent.url.map { String(decoding: damaged(Array($0.utf8), &random), as: UTF8.self) }
            default: break
            }
            let victim = random.below(sent.headers.count)
            if random.below(4) > 0, !sent.headers.isEmpty {
                sent.headers[victim].1 = String(decoding: damaged(Array(sent.headers[victim].1.utf8), &random), as: UTF8.self)
            }
            let label = sent.label(endpoint)
            let isUntouched = sent.body == row.sent.body && sent.headers.contains { $0 == row.signature }
            if label == "accept", row.coversBody, row.otherSecret == nil, !row.signature.1.contains("v1a,") {
                #expect(isUntouched || isSameMeaning(sent, row), "round \(round): \(sent.headers) \(String(decoding: sent.body, as: UTF8.self))")
            }
        }
    }

    /// The same digits in capitals, blanks around, a prefix that may be left out: still the signature of this body.
    private func isSameMeaning(_ sent: Sent, _ row: SourceRow) -> Bool {
        guard sent.body == row.sent.body || row.url != nil else { return false }
        let value = sent.headers.first { $0.0 == row.signature.0 }?.1.lowercased() ?? ""
        let core = row.signature.1.lowercased().split(whereSeparator: { ",= ".contains($0) }).max { $0.count < $1.count } ?? ""
        return value.contains(core)
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0..<(1 + random.below(3)) {
            let place = random.below(result.count + 1)
            switch random.below(4) {
            case 0: result.insert(contentsOf: Self.pieces[random.below(Self.pieces.count)].utf8, at: place)
            case 1: result.removeSubrange(place..<min(result.count, place + 1 + random.below(8)))
            case 2: if place < result.count { result[place] = UInt8(truncatingIfNeeded: random.next()) }
            default: result = Array(result.prefix(place))
            }
        }
        return result
    }
}
