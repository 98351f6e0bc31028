import CLI
import TestKit
import Testing

struct EventStreamTests {
    private static let stream =
        "\u{FEFF}data: one\n\n: comment\r\ndata:two\r\ndata: zwei\r\n\r\nid: 7\rdata\r\rdata:  three é\n\ndata: cut off\n"
    private static let events = ["one", "two\nzwei", "", " three é"]

    private func read(_ pieces: [[UInt8]]) -> [String] {
        var reader = EventStreamReader()
        return pieces.flatMap { reader.feed($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func eventsAreReadWhereverTheStreamIsCutInTwo() {
        let bytes = Array(Self.stream.utf8)
        for cut in 0...bytes.count {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == Self.events, "cut at \(cut)")
        }
    }

    @Test func eventsAreReadByteByByte() {
        #expect(read(Self.stream.utf8.map { [$0] }) == Self.events)
    }

    @Test func anEndlessLineIsNotKept() {
        var reader = EventStreamReader(limit: 10)
        #expect(reader.feed(Array("data: 0123456789".utf8)).isEmpty)
        #expect(reader.isOverfull)
    }

    @Test func noBytesHarmTheReader() {
        let seed = fuzzSeed(standard: 4207)
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let alphabet = Array("data: \r\n:\u{FEFF}x".utf8)
        for _ in 0..<fuzzRounds(short: 500) {
            let bytes = (0..<random.below(60)).map { _ in alphabet[random.below(alphabet.count)] }
            let whole = read([bytes])
            let cut = random.below(bytes.count + 1)
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }
}
