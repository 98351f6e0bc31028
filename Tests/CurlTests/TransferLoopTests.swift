import Synchronization
import Testing

import Curl
import Posix
import TestKit

extension TransferLoop {
    /// Runs until all have ended, by id; those that ended within `seconds`.
    func runAll(seconds: Double = 10) -> [Int64: TransferOutcome] {
        var ends: [Int64: TransferOutcome] = [:]
        let isDone = waitUntil(seconds: seconds) {
            for finished in run(timeoutMilliseconds: 50) {
                #expect(ends[finished.id] == nil, "\(finished.id) ended twice")
                ends[finished.id] = finished.outcome
            }
            return inFlight == 0
        }
        #expect(isDone, "\(inFlight) are still in flight")
        return ends
    }
}

extension TransferOutcome {
    var status: Int? { if case .response(let response) = self { response.status } else { nil } }
    var error: CurlError? { if case .failure(let error) = self { error } else { nil } }
    var body: String? { if case .response(let response) = self { String(decoding: response.body, as: UTF8.self) } else { nil } }
}

func post(_ url: String, _ body: String = "{}") -> OutgoingRequest { OutgoingRequest(method: "POST", url: url, body: [UInt8](body.utf8)) }

/// How long `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let took = try ContinuousClock().measure(body)
    return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

@Suite(.serialized) struct TransferLoopTests {
    @Test func sixtyFourAtOnceAreAnsweredEachWithItsOwn() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        for id in 0..<64 { loop.add(post(sink.url("answer-\(id)"), "body-\(id)"), id: Int64(id)) }
        #expect(loop.inFlight == 64)
        let ends = loop.runAll()
        #expect(ends.count == 64)
        for id in 0..<64 { #expect(ends[Int64(id)]?.body == "answer-\(id)") }
        #expect(Set(sink.requests.map { $0.suffix(7).drop { $0 != "b" } }) == Set((0..<64).map { "body-\($0)"[...] }))
        #expect(sink.accepted <= 64)
    }

    @Test func connectionsAreUsedAgain() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        for id in 0..<200 {
            loop.add(post(sink.url("\(id)")), id: Int64(id))
            #expect(loop.runAll()[Int64(id)]?.status == 200)
        }
        #expect(sink.accepted == 1)
        for round in 0..<10 {
            for id in 0..<8 { loop.add(post(sink.url("x")), id: Int64(1000 + round * 8 + id)) }
            #expect(loop.runAll().values.allSatisfy { $0.status == 200 })
        }
        #expect(sink.accepted <= 8)
    }

    @Test func nothingOfOneRequestShowsInTheNext() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var first = post(sink.url("first"), "a long body of the first")
        first.url = "http://user:pass@127.0.0.1:\(sink.port)/first"
        first.headers = [.init("X-Secret", "1"), .init("Content-Type", "application/json")]
        first.userAgent = "Other/1"
        loop.add(first, id: 1)
        _ = loop.runAll()
        loop.add(OutgoingRequest(url: sink.url("second")), id: 2)
        #expect(loop.runAll()[2]?.status == 200)
        #expect(sink.requests.count == 2)
        #expect(sink.requests[0].contains("Authorization: Basic"))
        #expect(sink.requests[1] == "GET /second HTTP/1.1\r\nHost: 127.0.0.1:\(sink.port)\r\nUser-Agent: Sluice\r\nAccept: */*\r\n\r\n")
        #expect(sink.accepted == 1)
    }

    @Test func whatHangsDelaysNoOther() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var hanging = post(sink.url("hang"))
        hanging.totalTimeout = .milliseconds(1500)
        for id in 0..<20 { loop.add(hanging, id: Int64(id)) }
        var left = Set<Int64>(100..<140)
        for id in left { loop.add(post(sink.url("ok")), id: id) }
        var early: [Int64: TransferOutcome] = [:]
        while !left.isEmpty, early.isEmpty {
            for finished in loop.run(timeoutMilliseconds: 500) {
                if left.remove(finished.id) != nil { #expect(finished.outcome.status == 200) } else { early[finished.id] = finished.outcome }
            }
        }
        #expect(left.isEmpty && early.isEmpty, "all that are answered end before the first timeout")
        let ends = loop.runAll()
        #expect(ends.count == 20)
        #expect(ends.values.allSatisfy { $0.error?.kind == .timeout && $0.error?.isTransient == true })
    }

    @Test(arguments: ["reset", "half"])
    func aBrokenConnectionIsTransient(path: String) throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        loop.add(post(sink.url(path)), id: 1)
        loop.add(post(sink.url("ok")), id: 2)
        let ends = loop.runAll()
        #expect(ends[1]?.error?.kind == .transfer)
        #expect(ends[1]?.error?.isTransient == true)
        #expect(ends[2]?.status == 200)
    }

    @Test func aClosedPortIsTransient() throws {
        let port: UInt16
        do { port = try SinkServer().port }
        let loop = try TransferLoop()
        loop.add(post("http://127.0.0.1:\(port)/secret-path"), id: 1)
        let error = loop.runAll()[1]?.error
        #expect(error?.kind == .connect)
        #expect(error?.message.contains("secret-path") == false)
    }

    @Test func bodiesWithoutEndAreCutOrRefused() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var request = post(sink.url("endless"))
        request.maxResponseBytes = 4096
        request.cutsLongBody = true
        for id in 0..<32 { loop.add(request, id: Int64(id)) }
        request.cutsLongBody = false
        loop.add(request, id: 100)
        let ends = loop.runAll()
        #expect(ends[100]?.error?.kind == .responseTooLarge)
        for id in 0..<32 {
            guard case .response(let response) = ends[Int64(id)] else {
                Issue.record("\(id): \(String(describing: ends[Int64(id)]))")
                continue
            }
            #expect(response.body.count == 4096 && response.bodyWasCut && response.status == 200)
        }
    }

    @Test func aSlowDripEndsInATimeoutOfItsOwn() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var request = post(sink.url("drip"))
        request.totalTimeout = .milliseconds(300)
        loop.add(request, id: 1)
        loop.add(post(sink.url("ok")), id: 2)
        let ends = loop.runAll()
        #expect(ends[1]?.error?.kind == .timeout)
        #expect(ends[2]?.status == 200)
    }

    @Test func aRefusalCanBeRead() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        loop.add(post(sink.url("busy")), id: 1)
        loop.add(post(sink.url("elsewhere")), id: 2)
        let ends = loop.runAll()
        guard case .response(let response) = ends[1] else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == 429 && response.header("retry-after") == "30")
        #expect(ends[1]?.body == "rate_limited")
        #expect(ends[2]?.status == 307, "a redirect is not followed")
    }

    @Test func whatCannotBeSentEndsAtOnce() throws {
        let loop = try TransferLoop()
        loop.add(OutgoingRequest(url: "file:///etc/passwd"), id: 1)
        loop.add(OutgoingRequest(method: "GET\r\n", url: "http://127.0.0.1/"), id: 2)
        loop.add(OutgoingRequest(url: ""), id: 3)
        let ends = loop.runAll()
        #expect(ends.count == 3)
        #expect(ends.values.allSatisfy { $0.error?.kind == .invalidRequest })
    }

    @Test func aCancelledOneIsForgotten() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        for id in 1...3 { loop.add(post(sink.url("hang")), id: Int64(id)) }
        loop.add(OutgoingRequest(url: ""), id: 4)
        #expect(waitUntil { _ = loop.run(timeoutMilliseconds: 10); return sink.requests.count == 3 })
        loop.add(OutgoingRequest(url: ""), id: 5)
        for id in [1, 3, 5, 99] { loop.cancel(id: Int64(id)) }
        #expect(loop.inFlight == 1)
        #expect(loop.run(timeoutMilliseconds: 20).isEmpty)
        loop.cancel(id: 2)
        #expect(loop.inFlight == 0)
        loop.add(post(sink.url("ok")), id: 1)
        #expect(loop.runAll()[1]?.status == 200)
    }

    @Test func theEasyWayToCancelWorksHereToo() throws {
        let sink = try SinkServer()
        let loop = try TransferLoop()
        var request = post(sink.url("hang"))
        request.isCancelled = { true }
        loop.add(request, id: 1)
        #expect(loop.runAll()[1]?.error?.kind == .cancelled)
    }
}
