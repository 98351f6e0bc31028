import Foundation
import HTTP
import TestKit
import Testing

/// Mutated requests through the whole server. A Unix socket, since a hundred thousand connections would use up the ports of TCP.
@Suite(.serialized) struct SocketFuzzTests {
    @Test func mutatedRequestsLeaveNothingBehind() throws {
        let seed = fuzzSeed(standard: 0x5EED_0003)
        print("fuzz seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let directory = try TemporaryDirectory()
        let handler = ClosureHandler(
            echo, admit: { $0.path.elementsEqual("/x".utf8) ? .refuse(.text(404, "nothing")) : .accept(maxBody: 64) })
        let server = HTTPServer(configuration: HTTPServerConfiguration(), handler: handler)
        try server.listen(unixPath: directory.file("s"))
        try server.start()
        defer { server.stop(drain: 0) }
        let rounds = fuzzRounds(short: 1500)
        var (descriptors, memory) = (0, 0)
        for round in 0..<rounds {
            // The first ones warm up what is kept for good.
            if round == rounds / 10 {
                #expect(waitUntil { server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
                (descriptors, memory) = (openDescriptorCount(), residentKiB())
            }
            let bytes = mutated(&generator)
            let client = try TestConnection(unixPath: directory.file("s"))
            let answer = exchange(client, randomPieces(bytes, &generator), isCut: generator.below(8) == 0)
            #expect(answer.isEmpty || answer.starts(with: "HTTP/1.1 ".utf8), "round \(round), seed \(seed): \(bytes)")
        }
        #expect(waitUntil { server.counters.connectionsOpen.load(ordering: .relaxed) == 0 })
        #expect(server.counters.bodyMemory.load(ordering: .relaxed) == 0)
        // Other suites open some too when they run beside this one.
        #expect(waitUntil(seconds: 30) { openDescriptorCount() <= descriptors })
        #expect(residentKiB() - memory < 16 * 1024)
        let client = try TestConnection(unixPath: directory.file("s"))
        try client.send(get)
        #expect(try client.receiveResponse().status == 200)
    }

    /// All that comes back; a reset, after a refusal that left octets unread, ends it like an orderly end.
    private func exchange(_ client: TestConnection, _ pieces: [[UInt8]], isCut: Bool) -> [UInt8] {
        defer { client.close() }
        for piece in pieces where (try? client.send(piece)) == nil { break }
        if isCut { return [] }
        client.finishSending()
        while (try? client.receiveSome()) == true {}
        return client.received
    }

    private func residentKiB() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
