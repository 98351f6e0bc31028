import Foundation
import Glibc
import Synchronization
import Testing

import Curl
import Posix
import TestKit

@Suite(.serialized) struct WakeTests {
    /// The seconds of a run in which nothing ends.
    private func emptyRun(_ loop: TransferLoop, milliseconds: Int) -> Double {
        seconds { #expect(loop.run(timeoutMilliseconds: milliseconds).isEmpty) }
    }

    @Test func aWakeEndsTheWait() throws {
        let sink = try SinkServer()
        let waker = TransferWaker()
        let loop = try TransferLoop(waker: waker)
        loop.add(post(sink.url("hang")), id: 1)
        waker.wake()
        #expect(emptyRun(loop, milliseconds: 20_000) < 5, "one from before the wait")
        for _ in 0..<20 {
            let thread = try startThread(name: "test-waker") {
                TestPacer().pause(milliseconds: 5)
                waker.wake()
            }
            #expect(emptyRun(loop, milliseconds: 20_000) < 5)
            thread.join()
        }
        #expect(emptyRun(loop, milliseconds: 60) >= 0.05, "an old wake is not seen again")
    }

    @Test func anEmptyLoopWaits() throws {
        let loop = try TransferLoop()
        #expect(emptyRun(loop, milliseconds: 60) >= 0.05)
        #expect(loop.run(timeoutMilliseconds: -1).isEmpty)
    }

    @Test func wakingIsSafeBeforeAndAfterTheLoop() throws {
        let waker = TransferWaker()
        waker.wake()
        let isOver = Mutex(false)
        let threads = try (0..<4).map { _ in
            try startThread(name: "test-waker") { while !isOver.withLock({ $0 }) { waker.wake() } }
        }
        for _ in 0..<200 { _ = try TransferLoop(waker: waker).run(timeoutMilliseconds: 1000) }
        isOver.withLock { $0 = true }
        threads.forEach { $0.join() }
        waker.wake()
    }
}

@Suite(.serialized) struct ReachTests {
    private func denying(_ url: String, unless mayReach: (@Sendable ([UInt8]) -> Bool)? = nil) -> OutgoingRequest {
        var request = post(url)
        request.denyPrivateAddresses = true
        request.mayReach = mayReach
        return request
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"])
    func privateAddressesAreRefused(host: String) throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        loop.add(denying("http://\(host):\(sink.port)/"), id: 1)
        #expect(loop.runAll()[1]?.error?.kind == .deniedAddress)
        #expect(sink.requests.isEmpty)
    }

    @Test func aConnectionThatIsThereAlreadyIsNoWayAround() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        loop.add(post(sink.url("welcome")), id: 1)
        #expect(loop.runAll()[1]?.status == 200)
        loop.add(denying(sink.url("denied")), id: 2)
        let error = loop.runAll()[2]?.error
        #expect(error?.kind == .deniedAddress, "\(String(describing: error))")
        #expect(error?.isTransient == false)
        loop.add(post(sink.url("welcome")), id: 3)
        #expect(loop.runAll()[3]?.status == 200)
        #expect(sink.requests.map { $0.split(separator: " ")[1] } == ["/welcome", "/welcome"])
    }

    @Test(arguments: ["127.0.0.1", "[::ffff:127.0.0.1]"])
    func exceptionsAreLetThrough(host: String) throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        let url = "http://\(host):\(sink.port)/ok"
        for id in 1...2 {
            loop.add(denying(url) { $0 == [127, 0, 0, 1] }, id: Int64(id))
            #expect(loop.runAll()[Int64(id)]?.status == 200)
        }
        loop.add(denying(url) { $0 == [127, 0, 0, 2] }, id: 3)
        #expect(loop.runAll()[3]?.error?.kind == .deniedAddress)
        #expect(sink.accepted == 1)
    }

    @Test(arguments: ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[64:ff9b::169.254.169.254]"])
    func noExceptionReachesLinkLocalAddresses(host: String) throws {
        let loop = try TransferLoop()
        loop.add(denying("http://\(host):9/") { _ in true }, id: 1)
        loop.add(post("http://\(host):9/"), id: 2)
        for end in loop.runAll().values { #expect(end.error?.kind == .deniedAddress) }
    }
}

@Suite(.serialized) struct ResourceTests {
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test func aLoopLeavesNoDescriptorBehind() throws {
        let before = openDescriptorCount()
        for _ in 0..<5 {
            let sink = try SinkServer()
            let smtp = try SMTPServer()
            let loop = try TransferLoop()
            for (id, path) in ["ok", "hang", "reset", "half", "endless", "drip", "busy", "hang"].enumerated() {
                var request = post(sink.url(path))
                request.totalTimeout = id == 7 ? nil : .milliseconds(100)
                request.maxResponseBytes = 100
                for copy in 0..<8 { loop.add(request, id: Int64(id * 8 + copy)) }
            }
            for id in 0..<6 { loop.add(smtp.mail(to: id % 2 == 0 ? "ann@example.com" : "never@example.com"), id: Int64(1000 + id)) }
            #expect(waitUntil { _ = loop.run(timeoutMilliseconds: 20); return loop.inFlight == 8 }, "those that hang without a timeout")
        }
        #expect(waitUntil { openDescriptorCount() <= before }, "\(openDescriptorCount()) after \(before)")
    }

    @Test func memoryStaysBoundedWhateverComesBack() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        let body = String(repeating: "b", count: 100_000)
        func round() {
            for id in 0..<64 {
                var request = post(sink.url(id % 2 == 0 ? "endless" : "ok"), body)
                request.maxResponseBytes = 4096
                request.cutsLongBody = true
                loop.add(request, id: Int64(id))
            }
            #expect(loop.runAll().values.allSatisfy { $0.status == 200 })
            sink.forget()
        }
        // The allocator's pools of all threads have their size by then.
        for _ in 0..<40 { round() }
        let before = try residentBytes()
        for _ in 0..<40 { round() }
        let grown = try residentBytes() - before
        #expect(grown < 30 << 20, "\(grown >> 20) MiB more after 2,560 requests of 100 KB")
    }
}
