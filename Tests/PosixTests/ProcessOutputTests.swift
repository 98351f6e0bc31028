import Foundation
import Glibc
import Posix
import Synchronization
import TestKit
import Testing

extension ProcessTests {
    @Suite struct InputAndOutput {
        @Test(arguments: [0, 1, 4096, 1 << 20]) func catReturnsItsInput(count: Int) throws {
            var generator = SplitMix64(seed: UInt64(count))
            var spec = ChildSpec(argv: ["cat"])
            spec.stdin = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let result = try ChildSupervisor.with { try $0.result(of: spec) }
            #expect(result.exitCode == 0)
            #expect(result.output == spec.stdin)
            #expect(result.cutBytes == 0)
        }

        @Test(arguments: [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
            (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
        func theSumOfTheInputIsRight(count: Int, sum: String) throws {
            var spec = ChildSpec(argv: ["sha256sum"])
            spec.stdin = [UInt8](repeating: UInt8(ascii: "a"), count: count)
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.text == "\(sum)  -\n")
        }

        @Test func aCommandThatDoesNotReadItsInputEndsAllTheSame() throws {
            var spec = ChildSpec(argv: ["true"])
            spec.stdin = [UInt8](repeating: 1, count: 4 << 20)
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.exitCode == 0)
        }

        @Test func theInputCannotBeChangedByTheChild() throws {
            var spec = ChildSpec.shell("(echo x >&0) 2>/dev/null && echo written; cat")
            spec.stdin = Array("given".utf8)
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.text == "given")
        }

        @Test func bytesThatAreNoTextAreKept() throws {
            let result = try ChildSupervisor.with { try $0.result(of: .shell("printf 'a\\000\\377\\376\\n'")) }
            #expect(result.output == [0x61, 0, 0xFF, 0xFE, 0x0A])
        }

        @Test func bothStreamsArriveAndAreToldApart() throws {
            try ChildSupervisor.with { supervisor in
                let seen = Mutex<(out: [UInt8], error: [UInt8])>(([], []))
                let ended = Eventually<ChildResult>()
                supervisor.run(
                    .shell("echo one; echo two >&2"),
                    onOutput: { source, bytes in seen.withLock { if source == .stdout { $0.out += bytes } else { $0.error += bytes } } },
                    onExit: { ended.put($0) })
                let result = try ended.wait()
                #expect(seen.withLock { String(decoding: $0.out, as: UTF8.self) } == "one\n")
                #expect(seen.withLock { String(decoding: $0.error, as: UTF8.self) } == "two\n")
                #expect(result.output.count == 8 && result.text.contains("one\n") && result.text.contains("two\n"))
            }
        }

        @Test func theOutputIsMergedInTheOrderOfArrival() throws {
            try ChildSupervisor.with { supervisor in
                let folder = try TemporaryDirectory()
                var spec = ChildSpec.shell("mkfifo a b; echo one; read x < a; echo two >&2; read x < b; echo three")
                spec.workingDirectory = folder.path
                let running = Running(spec, in: supervisor)
                for (word, name) in [("one\n", "a"), ("two\n", "b")] {
                    try running.waitFor(word)
                    try #require(waitUntil {
                        let fifo = open(folder.file(name), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                        guard fifo >= 0 else { return false }
                        defer { close(fifo) }
                        return write(fifo, [UInt8(ascii: "\n")], 1) == 1
                    })
                }
                #expect(try running.ended.wait().text == "one\ntwo\nthree\n")
            }
        }

        @Test func hugeOutputKeepsItsHeadAndItsTail() throws {
            var spec = ChildSpec.shell("echo first; yes | head -c 100000000; echo last")
            spec.outputLimit = 4000
            let before = processDescriptors()
            let result = try ChildSupervisor.with { try $0.result(of: spec) }
            let total = 6 + 100_000_000 + 5
            #expect(result.cutBytes == total - 4000)
            let cut = "[... \(total - 4000) bytes cut ...]\n"
            #expect(result.text.hasPrefix("first\ny\n"))
            #expect(result.text.hasSuffix("y\nlast\n"))
            let (head, tail) = (String(repeating: "y\n", count: 1497), String(repeating: "y\n", count: 497))
            #expect(result.text == "first\n\(head)\(cut)\n\(tail)last\n")
            #expect(result.output.count == 4000 + cut.utf8.count)
            #expect(descriptorsReturn(to: before))
        }

        @Test func allThatTheCommandWroteBeforeItsExitIsThere() throws {
            // A full pipe at the moment of the exit.
            var spec = ChildSpec.shell("head -c 65536 /dev/zero >&2 & head -c 65536 /dev/zero; wait")
            spec.outputLimit = 1 << 20
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.output.count == 131_072)
        }

        @Test func theChildSeesOnlyItsThreeDescriptors() throws {
            // One that close-on-exec does not protect.
            let open = dup2(1, 250)
            defer { close(open) }
            let list = "i=0; while [ $i -lt 1024 ]; do [ -e /proc/self/fd/$i ] && echo $i; i=$((i+1)); done; true"
            #expect(try ChildSupervisor.with { try $0.result(of: .shell(list)) }.text == "0\n1\n2\n")
        }

        @Test func manyRunsLeaveNoDescriptorBehind() throws {
            let before = processDescriptors()
            try ChildSupervisor.with { supervisor in
                let ended = Eventually<ChildResult>()
                var spec = ChildSpec(argv: ["cat"])
                spec.stdin = Array("x".utf8)
                for _ in 0..<200 { supervisor.run(spec) { ended.put($0) } }
                try #require(waitUntil(seconds: 30) { ended.all.count == 200 })
                #expect(ended.all.allSatisfy { $0.exitCode == 0 && $0.text == "x" })
                #expect(supervisor.runningCount == 0)
                #expect(descriptorsReturn(to: before))
            }
        }
    }
}
