import Foundation
import Glibc
import Posix
import TestKit
import Testing

extension ProcessTests {
    @Suite struct Leftovers {
        /// A line that no other process on this machine has.
        private let mark = "SLUICE_RUN_ID=\(UUID().uuidString)"

        private func spec(_ script: String, _ environment: [String]) -> ChildSpec {
            ChildSpec(argv: ["/bin/sh", "-c", script], environment: ["PATH=/usr/bin:/bin"] + environment)
        }

        /// The processes by the names that the command has given them, in lines such as `child 123`.
        private func processes(_ running: Running, _ names: String...) throws -> [String: Int32] {
            var found: [String: Int32] = [:]
            try #require(waitUntil(seconds: 20) {
                for line in running.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                    let words = line.split(separator: " ")
                    if words.count == 2 { found[String(words[0])] = Int32(words[1]) }
                }
                return Set(found.keys) == Set(names)
            }, "it said \(running.text)")
            return found
        }

        @Test func aMarkedCommandIsKilledWithItsBackgroundAndItsDaemons() throws {
            try ChildSupervisor.with { supervisor in
                let script = """
                    sleep 1000 & echo child $!
                    sh -c 'setsid sh -c "echo daemon \\$\\$; exec sleep 1000" & exit 0'
                    env -i sleep 1000 & echo bare $!
                    echo self $$
                    wait
                    """
                let running = Running(spec(script, ["A=1", mark, "B=2"]), in: supervisor)
                let processes = try processes(running, "self", "child", "daemon", "bare")
                #expect(processes.values.allSatisfy(isAlive))
                let daemon = try #require(processes["daemon"])
                #expect(getpgid(daemon) == daemon)
                defer { kill(daemon, SIGKILL) }
                #expect((2...4).contains(killProcesses(withEnvironment: [mark, "SLUICE_RUN_ID=another"])))
                #expect(try running.ended.wait().signal == SIGKILL)
                for (name, pid) in processes { #expect(waitUntil { !isAlive(pid) }, "\(name)") }
                #expect(killProcesses(withEnvironment: [mark]) == 0)
            }
        }

        @Test func aDaemonIsKilledWhenItsCommandIsLongGone() throws {
            try ChildSupervisor.with { supervisor in
                let begun = try TemporaryDirectory()
                let script = """
                    setsid sh -c 'echo daemon $$; touch "$BEGUN"; exec sleep 1000' &
                    while [ ! -e "$BEGUN" ]; do sleep 0.01; done
                    """
                let running = Running(spec(script, [mark, "BEGUN=\(begun.file("begun"))"]), in: supervisor)
                let daemon = try #require(try processes(running, "daemon")["daemon"])
                defer { kill(daemon, SIGKILL) }
                _ = try running.ended.wait()
                #expect(isAlive(daemon), "a session of its own outlives the run")
                #expect(killProcesses(withEnvironment: [mark]) == 1)
                #expect(waitUntil { !isAlive(daemon) })
            }
        }

        @Test func othersAreLeftAlone() throws {
            try ChildSupervisor.with { supervisor in
                let near = ["\(mark)0", "X\(mark)", String(mark.dropLast()), "ABOUT=\(mark)", mark.lowercased()]
                let others = near.map { Running(spec("echo self $$; exec sleep 1000", [$0]), in: supervisor) }
                    + [Running(spec("echo self $$; : '\(mark)'; sleep 1000", []), in: supervisor)]
                let alive = try others.map { try #require(try processes($0, "self")["self"]) }
                #expect(killProcesses(withEnvironment: [mark]) == 0)
                #expect(killProcesses(withEnvironment: []) == 0)
                #expect(alive.allSatisfy(isAlive))
            }
        }

        @Test func onlyTheMarkedOneIsKilledInAGroupWithAnotherLeader() throws {
            try ChildSupervisor.with { supervisor in
                let script = "env \(mark) sleep 1000 & echo marked $!; sleep 1000 & echo sibling $!; echo self $$; wait"
                let running = Running(spec(script, []), in: supervisor)
                let processes = try processes(running, "self", "marked", "sibling")
                // env(1) gives the line to the sleep that it becomes; until then it has only the argument.
                #expect(waitUntil { killProcesses(withEnvironment: [mark]) == 1 })
                #expect(waitUntil { processes["marked"].map(isAlive) == false })
                #expect(processes["sibling"].map(isAlive) == true && processes["self"].map(isAlive) == true)
            }
        }

        /// In the middle of execve(2) a process has no environment to be seen.
        @Test func aCommandThatKeepsReplacingItselfIsFound() throws {
            try ChildSupervisor.with { supervisor in
                for _ in 0..<20 {
                    let again = #"exec /bin/sh -c "$AGAIN""#
                    let running = Running(spec("echo ready; \(again)", [mark, "AGAIN=\(again)"]), in: supervisor)
                    try running.waitFor("ready")
                    #expect(waitUntil { killProcesses(withEnvironment: [mark]) == 1 })
                    #expect(try running.ended.wait().signal == SIGKILL)
                }
            }
        }

        @Test func aLineBehindMuchElseIsFound() throws {
            try ChildSupervisor.with { supervisor in
                let filler = (0..<10).map { "F\($0)=" + String(repeating: "x", count: 100_000) }
                let running = Running(spec("echo self $$; exec sleep 1000", filler + [mark]), in: supervisor)
                _ = try processes(running, "self")
                // With so much to copy, an execve on a busy machine may outlast one call's patience.
                #expect(waitUntil { killProcesses(withEnvironment: [mark]) == 1 })
                #expect(try running.ended.wait().signal == SIGKILL)
            }
        }
    }
}
