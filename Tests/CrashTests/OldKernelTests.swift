import TestKit
import Testing

extension CrashTests {
    @Test func commandsStartWithoutTheCallThatLeavesTheDescriptorTable() throws {
        let server = try CrashServer(files: [
            "wrapd.yaml": """
            version: 1
            endpoints:
              - {name: streams, command: "ls /proc/self/fd | tr '\\n' ' '", public: true}
            """
        ])
        let library = try TemporaryDirectory()
        try compileLibrary("OldKernel", ["syscall.c"], to: library.file("old.so"))
        // Number 9 does not close by itself at an exec.
        try server.start(
            environment: ["LD_PRELOAD": library.file("old.so")], wrapper: ["/bin/sh", "-c", "exec 9</dev/null; exec \"$@\"", "sh"])
        for _ in 0..<3 {
            let answer = try testRequest(port: server.port, "POST", "/v1/user/streams", headers: [("Accept", "application/json")])
            // ls itself holds the folder that it lists.
            #expect(answer.status == 200 && answer.text.contains(#""output":"0 1 2 3 ""#), "\(answer.text)")
        }
        try server.stop()
    }
}
