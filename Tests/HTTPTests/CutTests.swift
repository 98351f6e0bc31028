import TestKit
import Testing

@testable import HTTP

/// Messages, good and bad, whose meaning may not depend on how they arrive.
private let messages: [String] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nPOST /x?y=z HTTP/1.1\r\nhost: a:1\r\nContent-Length: 5\r\nX:  v \t\r\n\r\nhello\r\nGET /2 HTTP/1.0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: u\r\n\r\nGET /n HTTP/1.1\r\nHost: b\r\n\r\n",
    "GET http://h:1/p?q HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\nLong: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "FOO / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab\r\n\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \u{1}\r\n\r\n",
]

@Suite struct CutTests {
    @Test func everyCutInTwoMeansTheSame() {
        for message in messages {
            let bytes = Array(message.utf8)
            let whole = events([bytes])
            for cut in 0...bytes.count {
                #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "\(message.debugDescription) cut at \(cut)")
            }
        }
    }

    @Test func octetByOctetMeansTheSame() {
        for message in messages { #expect(events(message.utf8.map { [$0] }) == events([Array(message.utf8)])) }
    }

    @Test func limitsDoNotDependOnTheCut() {
        var limits = RequestLimits()
        limits.requestLine = 30
        limits.headerSection = 60
        limits.fields = 3
        limits.trailerSection = 12
        limits.chunkLine = 8
        limits.chunkExtensions = 10
        var generator = SplitMix64(seed: 7)
        for message in messages {
            let bytes = Array(message.utf8)
            let whole = events([bytes], limits: limits, maxBody: 12)
            #expect(events(bytes.map { [$0] }, limits: limits, maxBody: 12) == whole)
            for _ in 0..<20 { #expect(events(randomPieces(bytes, &generator), limits: limits, maxBody: 12) == whole) }
        }
    }

    @Test func mutatedMessagesMeanTheSameHoweverTheyArrive() {
        let seed = fuzzSeed(standard: 0x5EED_0001)
        print("fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        for round in 0..<fuzzRounds(short: 3000) {
            let bytes = mutated(&generator)
            let whole = events([bytes], maxBody: 64)
            #expect(events(randomPieces(bytes, &generator), maxBody: 64) == whole, "round \(round): \(bytes)")
        }
    }

    @Test func noiseIsNoRequest() {
        let seed = fuzzSeed(standard: 0x5EED_0002)
        print("fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        for _ in 0..<fuzzRounds(short: 2000) {
            let bytes = (0..<generator.below(300)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            for event in events(randomPieces(bytes, &generator)) {
                if case .request = event { #expect(Bool(false), "\(bytes)") }
            }
        }
    }
}

/// One of the messages, or two, with a few octets changed.
func mutated(_ generator: inout SplitMix64) -> [UInt8] {
    var bytes = Array(messages[generator.below(messages.count)].utf8)
    if generator.below(4) == 0 { bytes += Array(messages[generator.below(messages.count)].utf8) }
    let tokens = ["\r\n", "\r", "\n", " ", "\t", ":", "0", "FFFFFFFFFFFFFFFF", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "\u{0}", ";", "%"]
    for _ in 0...generator.below(4) {
        let at = generator.below(bytes.count)
        switch generator.below(5) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.insert(contentsOf: tokens[generator.below(tokens.count)].utf8, at: at)
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + generator.below(4)))
        case 3: bytes.insert(contentsOf: Array(bytes[at..<min(bytes.count, at + generator.below(20))]), at: generator.below(bytes.count))
        default: bytes[at] ^= 1 << UInt8(generator.below(8))
        }
        if bytes.isEmpty { return [] }
    }
    return bytes
}

func randomPieces(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + 1 + generator.below(generator.below(2) == 0 ? 3 : 60))
        pieces.append(Array(bytes[start..<end]))
        start = end
    }
    return pieces
}
