import Foundation
import Glibc
import Posix
import TestKit
import Testing

extension ProcessTests {
    @Suite struct Exits {
        @Test(arguments: [0, 1, 3, 124, 255] as [Int32])
        func theExitCodeIsTheCommandsOwn(code: Int32) throws {
            let result = try ChildSupervisor.with { try $0.result(of: .shell("exit \(code)")) }
            #expect(result.exitCode == code)
            #expect(result.signal == nil)
            #expect(!result.timedOut && !result.cancelled && result.spawnError == nil)
            #expect(result.processID > 1)
        }

        @Test(arguments: [SIGTERM, SIGKILL, SIGSEGV, SIGHUP, SIGPIPE])
        func aSignalGivesItsNumberAnd128More(signal: Int32) throws {
            // Ignored here, as a server does; the child must have the default again.
            Signals.ignoreFailedWrites()
            let result = try ChildSupervisor.with { try $0.result(of: .shell("ulimit -c 0; kill -\(signal) $$")) }
            #expect(result.exitCode == 128 + signal)
            #expect(result.signal == signal)
        }

        @Test func theChildStartsWithDefaultSignalsAndNoneBlocked() throws {
            Signals.ignoreFailedWrites()
            let result = try ChildSupervisor.with {
                try $0.result(of: ChildSpec(argv: ["grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status"]))
            }
            #expect(result.text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
        }

        @Test func argumentsEnvironmentAndDirectoryArriveAsGiven() throws {
            let folder = try TemporaryDirectory()
            var spec = ChildSpec(argv: ["sh", "-c", "printf '%s|' \"$0\" \"$@\" \"$K\" \"$PWD\"; env | wc -l", "a b", "", "$(id)", "é"])
            spec.environment = ["K=v=w"]
            spec.workingDirectory = folder.path
            let result = try ChildSupervisor.with { try $0.result(of: spec) }
            // PWD is set by the shell itself.
            #expect(result.text == "a b||$(id)|é|v=w|\(folder.path)|2\n")
        }

        @Test func theTimesOfARunAreTold() throws {
            let before = SystemClock.real.wall()
            let result = try ChildSupervisor.with { try $0.result(of: .shell("sleep 0.05")) }
            #expect(result.durationMicros >= 50_000)
            #expect(result.startedWallMicros >= before && result.startedWallMicros <= SystemClock.real.wall())
        }

        @Test func aCommandGivenBeforeTheStartWaitsForIt() throws {
            let supervisor = try ChildSupervisor(clock: .real)
            defer { supervisor.stop(graceMicros: 0) }
            let running = Running(.shell("exit 4"), in: supervisor)
            #expect(supervisor.runningCount == 1)
            try supervisor.start()
            #expect(try running.ended.wait().exitCode == 4)
            #expect(supervisor.runningCount == 0)
        }
    }

    @Suite struct Refusals {
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var code: Int32
            var says: String
            var spec: @Sendable (_ folder: String) -> ChildSpec
            var testDescription: String { name }
        }

        static let cases: [Case] = [
            Case(name: "empty", code: 127, says: "command is empty") { _ in ChildSpec(argv: []) },
            Case(name: "not in PATH", code: 127, says: "not found in PATH") { _ in ChildSpec(argv: ["sluice-no-such-program"]) },
            Case(name: "no PATH", code: 127, says: "no PATH is set") { _ in ChildSpec(argv: ["true"], searchPath: nil) },
            Case(name: "no such file", code: 127, says: "no such file") { ChildSpec(argv: [$0 + "/absent"]) },
            Case(name: "file as directory", code: 127, says: "not a directory") { ChildSpec(argv: [$0 + "/plain/x"]) },
            Case(name: "no interpreter", code: 127, says: "interpreter") { ChildSpec(argv: [$0 + "/orphan"]) },
            Case(name: "not executable", code: 126, says: "chmod +x") { ChildSpec(argv: [$0 + "/plain"]) },
            Case(name: "not executable in PATH", code: 126, says: "found but not executable") {
                ChildSpec(argv: ["plain"], searchPath: $0)
            },
            Case(name: "a directory", code: 126, says: "is a directory") { ChildSpec(argv: [$0]) },
            Case(name: "not a program", code: 126, says: "#!/bin/sh") { ChildSpec(argv: [$0 + "/text"]) },
            Case(name: "no working directory", code: 126, says: "create it") {
                ChildSpec(argv: ["true"], workingDirectory: $0 + "/absent")
            },
            Case(name: "working directory is a file", code: 126, says: "not a directory") {
                ChildSpec(argv: ["true"], workingDirectory: $0 + "/plain")
            },
            Case(name: "NUL in an argument", code: 126, says: "NUL") { _ in ChildSpec(argv: ["echo", "a\0b"]) },
            Case(name: "too long", code: 126, says: "too long") { _ in ChildSpec(argv: ["true", String(repeating: "x", count: 1 << 20)]) },
        ]

        @Test(arguments: cases) func aCommandThatCannotRunSaysWhyAndWhatToDo(refused: Case) throws {
            let folder = try TemporaryDirectory()
            try Files.writeAtomically(folder.file("plain"), Array("x".utf8))
            try Files.writeAtomically(folder.file("text"), Array("echo hello\n".utf8), mode: 0o700)
            try Files.writeAtomically(folder.file("orphan"), Array("#!/nowhere/interpreter\n".utf8), mode: 0o700)
            let before = processDescriptors()
            let result = try ChildSupervisor.with { try $0.result(of: refused.spec(folder.path)) }
            #expect(result.exitCode == refused.code)
            #expect(result.spawnError?.contains(refused.says) == true, "\(result.spawnError ?? "no message")")
            #expect(result.processID == 0 && result.output.isEmpty)
            #expect(descriptorsReturn(to: before))
        }

        @Test func relativeEntriesOfThePathAreNotSearched() throws {
            let folder = try TemporaryDirectory()
            try Files.writeAtomically(folder.file("trap"), Array("#!/bin/sh\nexit 0\n".utf8), mode: 0o700)
            var spec = ChildSpec(argv: ["trap"], workingDirectory: folder.path, searchPath: ".::")
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.exitCode == 127)
            spec.argv = ["./trap"]
            #expect(try ChildSupervisor.with { try $0.result(of: spec) }.exitCode == 0)
        }

        @Test func aProgramThatIsBeingWrittenIsTriedAgainUntilTimeIsUp() throws {
            let folder = try TemporaryDirectory()
            let program = folder.file("copy")
            try Files.writeAtomically(program, try Files.read("/bin/true", limit: 10 << 20), mode: 0o700)
            let writer = open(program, O_WRONLY | O_CLOEXEC)
            defer { close(writer) }
            let clock = TestClock(wall: 0)
            try ChildSupervisor.with(clock: clock.clock) { supervisor in
                let running = Running(ChildSpec(argv: [program]), in: supervisor)
                try #require(waitUntil(seconds: 20) {
                    clock.advance(by: 10_000)
                    return !running.ended.all.isEmpty
                })
                let result = try running.ended.wait()
                #expect(result.exitCode == 126)
                #expect(result.spawnError?.contains("writing the program file") == true)
                #expect(clock.clock.monotonic() > 2_000_000)
            }
        }
    }
}
