import Glibc
import Posix
import TestKit
import Testing

extension ProcessTests {
    /// What a child has of its parent: nothing but its three streams.
    @Suite struct Birth {
        @Test func `a child has no descriptor of ours, whatever its number and however it was opened`() throws {
            // Neither closes by itself at an exec; one lies below the supervisor's own, one far beyond.
            let low = open("/dev/null", O_RDONLY)
            let high = fcntl(low, F_DUPFD, 900)
            #expect(low >= 0 && high >= 900)
            defer { for descriptor in [low, high] { close(descriptor) } }
            try ChildSupervisor.with { supervisor in
                // ls itself holds the folder that it lists.
                let result = try supervisor.result(of: .shell("ls /proc/self/fd | tr '\\n' ' '"))
                #expect(result.text == "0 1 2 3 " && result.exitCode == 0)
            }
        }

        @Test func `a child is no more urgent than the program is`() throws {
            let own = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid()))
            try ChildSupervisor.with { supervisor in
                let result = try supervisor.result(of: .shell("nice"))
                #expect(result.text == "\(own)\n")
            }
        }

        @Test func `a child leads a group of its own, in our session`() throws {
            try ChildSupervisor.with { supervisor in
                let result = try supervisor.result(of: .shell("echo $$ $(ps -o pgid= -o sid= -p $$)"))
                let words = result.text.split(separator: " ").map { $0.trimmed }
                #expect(words.count == 3 && words[0] == words[1] && words[2] == "\(getsid(0))", "\(result.text)")
            }
        }

        @Test func `each of two hundred children gets the end of its own streams and leaves no descriptor`() throws {
            try ChildSupervisor.with { supervisor in
                _ = try supervisor.result(of: .shell("true"))
                let before = processDescriptors()
                let children = (0..<200).map { index in
                    var spec = ChildSpec.shell("cat; echo \(index)")
                    spec.stdin = Array("\(index) ".utf8)
                    return Running(spec, in: supervisor)
                }
                for (index, child) in children.enumerated() {
                    #expect(try child.ended.wait().text == "\(index) \(index)\n")
                }
                #expect(descriptorsReturn(to: before))
            }
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0.isWhitespace }.prefix { !$0.isWhitespace } }
}
