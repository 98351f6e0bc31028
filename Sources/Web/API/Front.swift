internal import Bytes
package import HTTP
internal import Model
internal import Posix

/// The door: decides on the head who serves a request. Calls are taken in on the event loop itself; everything else is copied and
/// answered by workers, which may block.
package final class Front: RequestHandler {
    private let services: Services
    private let calls: CallRoute
    private let router: Router
    private let workers: WorkerPool
    private let rates: AddressRates?

    /// - Parameter pendingLimit: bytes of calls' bodies that may wait for the disk; beyond it calls are answered 503.
    package init(
        services: Services, pendingLimit: Int, rates: AddressRates? = nil, metrics: @escaping @Sendable () -> String
    ) throws {
        self.services = services
        self.rates = rates
        workers = try WorkerPool(threads: 4)
        calls = try CallRoute(services: services, workers: workers, pendingLimit: pendingLimit)
        router = Router(services: services, metrics: metrics)
    }

    /// Ends the workers after the jobs that wait.
    package func stop() {
        workers.stop()
        calls.stop()
    }

    package func admit(_ head: borrowing RequestHead) -> Admission {
        if let problem = exhaustion(of: head) { return .refuse(problem.response) }
        if let target = CallTarget(head.path) { return calls.admit(target, head) }
        switch router.route(head.method, head.pathSegments()) {
        case .failure(let problem): return .refuse(problem.response)
        case .success(let route):
            if route.access == .admin, !services.access.isAdmin(head.header("authorization")) {
                return .refuse(Problem.noToken.response)
            }
            // Whoever has shown no token gets room for a form, not for a megabyte a request.
            return .accept(maxBody: route.access == .admin ? 1 << 20 : 64 << 10)
        }
    }

    /// What checks and scrapes this server is never held up.
    private func exhaustion(of head: borrowing RequestHead) -> Problem? {
        guard let rates else { return nil }
        if bytesEqual(head.path, "/healthz") || bytesEqual(head.path, "/metrics") { return nil }
        let state = rates.take(head.peer, at: services.clock.monotonic())
        if state.isAllowed { return nil }
        services.rateRefusals.addForAddress()
        return .rateLimited(rates.limit, state)
    }

    package func handle(_ head: borrowing RequestHead, body: UnsafeRawBufferPointer, reply: Reply) {
        if let target = CallTarget(head.path) {
            calls.handle(target, head, body: body, reply: reply)
            return
        }
        let request = OwnedRequest(head, body: body)
        guard case .success(let route) = router.route(request.method, request.segments) else {
            reply.send(Problem.notFound.response)
            return
        }
        let isTaken = workers.run { [services] in
            do {
                reply.send(try route.serve(request))
            } catch let problem as Problem {
                reply.send(route.access == .page ? Pages.problem(problem) : problem.response)
            } catch {
                services.log("a request failed: \(error)")
                reply.send(Problem(503, "store_unavailable", "the database cannot be read now").response)
            }
        }
        if !isTaken { reply.send(Problem.overloaded("too many requests wait").response) }
    }
}

/// `/v1/{account}/{name}` without copying: the two segments as they stand in the path, still percent-encoded.
struct CallTarget {
    let account: UnsafeRawBufferPointer
    let name: UnsafeRawBufferPointer

    init?(_ path: UnsafeRawBufferPointer) {
        guard path.count > 6, bytesEqual(path.part(0, 4), "/v1/") else { return nil }
        guard let slash = path.firstOffset(of: ASCII.slash, from: 4), slash > 4, slash + 1 < path.count else { return nil }
        guard path.firstOffset(of: ASCII.slash, from: slash + 1) == nil else { return nil }
        account = path.part(4, slash)
        name = path.part(slash + 1, path.count)
    }

    /// A segment decoded once (RFC 3986, section 2.4).
    static func decoded(_ segment: UnsafeRawBufferPointer) -> String {
        guard segment.firstOffset(of: ASCII.percent) != nil else { return String(decoding: segment, as: UTF8.self) }
        return percentDecode(segment).map { lossyString($0) } ?? ""
    }
}
