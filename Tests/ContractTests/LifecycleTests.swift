import Foundation
import Glibc
import TestKit
import Testing

@Suite struct LifecycleTests {
    static let idle = """
        version: 1
        endpoints:
          - name: hello
            command: echo hello
            public: true
        """

    @Test func becomesReadyWithinTwoSecondsAndEndsAtOnceWhenIdle() throws {
        let server = try SluiceProcess(config: Self.idle)
        #expect(server.startSeconds < 2)
        #expect(try server.request("GET", "/healthz").status == 200)
        let begin = Date()
        try server.stop()
        #expect(Date().timeIntervalSince(begin) < 1)
    }
}
