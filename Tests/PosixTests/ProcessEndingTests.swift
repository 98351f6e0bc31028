import Glibc
import Posix
import TestKit
import Testing

extension ProcessTests {
    @Suite struct Endings {
        @Test func aTimeoutEndsTheCommandWith124() throws {
            var spec = ChildSpec.shell("echo begun; sleep 1000")
            spec.timeoutMicros = 100_000
            let result = try ChildSupervisor.with { try $0.result(of: spec) }
            #expect(result.exitCode == 124 && result.timedOut && !result.cancelled)
            #expect(result.signal == SIGTERM)
            #expect(result.durationMicros >= 100_000)
        }

        @Test func aCommandThatTidiesUpAfterATimeoutStillCountsAsTimedOut() throws {
            let clock = TestClock(wall: 0)
            try ChildSupervisor.with(clock: clock.clock) { supervisor in
                var spec = ChildSpec.shell("trap 'echo tidied; exit 0' TERM; echo ready; sleep 1000 & wait")
                spec.timeoutMicros = 50_000
                let running = Running(spec, in: supervisor)
                try running.waitFor("ready")
                clock.advance(by: 50_000)
                let result = try running.ended.wait()
                #expect(result.exitCode == 124 && result.timedOut && result.signal == nil)
                #expect(result.text.contains("tidied"))
            }
        }

        @Test func aCommandThatIgnoresTermIsKilledAfterTheGrace() throws {
            let clock = TestClock(wall: 0)
            try ChildSupervisor.with(clock: clock.clock) { supervisor in
                var spec = ChildSpec.shell("trap '' TERM; echo ready; while :; do sleep 1000; done")
                spec.timeoutMicros = 50_000
                spec.graceMicros = 50_000
                let running = Running(spec, in: supervisor)
                try running.waitFor("ready")
                clock.advance(by: 50_000)
                // The end can only come from the second step.
                try #require(waitUntil(seconds: 20) {
                    clock.advance(by: 10_000)
                    return !running.ended.all.isEmpty
                })
                let result = try running.ended.wait()
                #expect(result.exitCode == 124 && result.signal == SIGKILL)
                #expect(result.durationMicros >= 100_000)
            }
        }

        @Test func cancellingEndsARunningCommandAndItsGroup() throws {
            try ChildSupervisor.with { supervisor in
                let running = Running(.shell("sleep 1000 & echo pid $! ready; wait"), in: supervisor)
                try running.waitFor("ready")
                let sleeper = try #require(Int32(running.text.split(separator: " ")[1]))
                #expect(isAlive(sleeper))
                supervisor.cancel(try #require(running.handle))
                let result = try running.ended.wait()
                #expect(result.cancelled && !result.timedOut)
                #expect(result.exitCode == 128 + SIGTERM)
                #expect(waitUntil { !isAlive(sleeper) })
            }
        }

        @Test func aStoppedCommandHearsTheCancellation() throws {
            try ChildSupervisor.with { supervisor in
                let running = Running(.shell("echo ready; kill -STOP $$; echo never"), in: supervisor)
                try running.waitFor("ready")
                supervisor.cancel(try #require(running.handle))
                #expect(try running.ended.wait().signal == SIGTERM)
            }
        }

        @Test func cancellingWhatHasEndedChangesNothing() throws {
            try ChildSupervisor.with { supervisor in
                let running = Running(.shell("exit 5"), in: supervisor)
                _ = try running.ended.wait()
                supervisor.cancel(try #require(running.handle))
                // The next run shows that the cancellation was handled.
                #expect(try supervisor.result(of: .shell("exit 6")).exitCode == 6)
                #expect(running.ended.all.map(\.exitCode) == [5])
                #expect(running.ended.all.first?.cancelled == false)
            }
        }

        @Test func aBackgroundProcessThatHoldsThePipeNeitherHangsTheRunNorLivesOn() throws {
            try ChildSupervisor.with { supervisor in
                let result = try supervisor.result(of: .shell("sleep 1000 & echo $!; exit 3"))
                #expect(result.exitCode == 3 && result.signal == nil)
                let sleeper = try #require(Int32(result.text.split(separator: "\n")[0]))
                #expect(waitUntil { !isAlive(sleeper) })
            }
        }

        @Test func aBackgroundProcessThatTalksWithoutEndIsCutOff() throws {
            try ChildSupervisor.with { supervisor in
                let running = Running(.shell("yes & echo pid $! >&2; exit 3"), in: supervisor)
                let result = try running.ended.wait()
                #expect(result.exitCode == 3)
                let group = result.processID
                #expect(waitUntil { kill(-group, 0) != 0 || !isAlive(group) })
            }
        }

        @Test func aBackgroundProcessWithoutThePipeIsKilledToo() throws {
            try ChildSupervisor.with { supervisor in
                let result = try supervisor.result(of: .shell("sleep 1000 >/dev/null 2>&1 & echo $!"))
                let sleeper = try #require(Int32(result.text.split(separator: "\n")[0]))
                #expect(result.exitCode == 0)
                #expect(waitUntil { !isAlive(sleeper) })
            }
        }

        @Test func stoppingEndsAThousandCommandsAndRefusesMore() throws {
            raiseDescriptorLimit()
            let before = processDescriptors()
            let supervisor = try ChildSupervisor(clock: .real)
            try supervisor.start()
            let ended = Eventually<ChildResult>()
            let started = Eventually<[UInt8]>()
            for _ in 0..<1000 {
                supervisor.run(.shell("echo; exec sleep 1000"), onOutput: { started.put($1) }) { ended.put($0) }
            }
            #expect(supervisor.runningCount == 1000)
            try #require(waitUntil(seconds: 60) { started.all.count == 1000 })
            supervisor.stop(graceMicros: 10_000_000)
            #expect(ended.all.count == 1000)
            #expect(ended.all.allSatisfy { $0.cancelled && $0.signal == SIGTERM })
            #expect(supervisor.runningCount == 0)
            #expect(ended.all.allSatisfy { $0.processID > 0 && !isAlive($0.processID) })
            #expect(descriptorsReturn(to: before))

            supervisor.stop(graceMicros: 0)
            let refused = try supervisor.result(of: .shell("exit 0"))
            #expect(refused.cancelled && refused.processID == 0)
            #expect(refused.spawnError?.contains("stopping") == true)
            try supervisor.start()
            #expect(supervisor.runningCount == 0)
        }

        @Test func stoppingKillsWhatIgnoresTerm() throws {
            let supervisor = try ChildSupervisor(clock: .real)
            try supervisor.start()
            let running = Running(.shell("trap '' TERM; echo ready; while :; do sleep 1000; done"), in: supervisor)
            try running.waitFor("ready")
            supervisor.stop(graceMicros: 50_000)
            #expect(running.ended.all.first?.signal == SIGKILL)
        }
    }
}
