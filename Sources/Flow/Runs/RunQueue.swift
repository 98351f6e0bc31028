/// Which run starts next: order kept within an endpoint, a turn for each endpoint in line, an own limit for each and one for all. Pure.
package struct RunQueue: Sendable {
    private struct Line {
        var waiting: [Int64] = []
        var head = 0
        var running = 0
        var limit = 1
        var isInLine = false

        var isEmpty: Bool { head == waiting.count }
        var mayStart: Bool { !isEmpty && running < limit }

        mutating func putBack(_ id: Int64) {
            if head > 0 {
                head -= 1
                waiting[head] = id
            } else {
                waiting.insert(id, at: 0)
            }
        }

        mutating func pop() -> Int64 {
            let id = waiting[head]
            head += 1
            if head > 1024, head * 2 > waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return id
        }
    }

    private var lines: [Int64: Line] = [:]
    /// Endpoints that may start something, in the order of their turns.
    private var turns: [Int64] = []
    private var firstTurn = 0
    package private(set) var running = 0
    package let limit: Int

    package init(limit: Int) { self.limit = max(1, limit) }

    package mutating func add(_ run: Int64, endpoint: Int64) {
        lines[endpoint, default: Line()].waiting.append(run)
        takeTurn(endpoint)
    }

    /// Puts a run back that could not be started: it is the next of its endpoint.
    package mutating func addFirst(_ run: Int64, endpoint: Int64) {
        lines[endpoint, default: Line()].putBack(run)
        takeTurn(endpoint)
    }

    package mutating func setLimit(_ limit: Int, endpoint: Int64) {
        lines[endpoint, default: Line()].limit = max(1, limit)
        takeTurn(endpoint)
    }

    /// A run ended, or never began.
    package mutating func finished(endpoint: Int64) {
        lines[endpoint]?.running -= 1
        running -= 1
        takeTurn(endpoint)
    }

    /// The next run to start, counted as running from here on.
    package mutating func next() -> (run: Int64, endpoint: Int64)? {
        while running < limit, firstTurn < turns.count {
            let endpoint = turns[firstTurn]
            firstTurn += 1
            if firstTurn > 1024, firstTurn * 2 > turns.count {
                turns.removeFirst(firstTurn)
                firstTurn = 0
            }
            lines[endpoint]?.isInLine = false
            guard var line = lines[endpoint], line.mayStart else { continue }
            let run = line.pop()
            line.running += 1
            running += 1
            lines[endpoint] = line
            takeTurn(endpoint)
            return (run, endpoint)
        }
        return nil
    }

    private mutating func takeTurn(_ endpoint: Int64) {
        guard let line = lines[endpoint], line.mayStart, !line.isInLine else { return }
        lines[endpoint]?.isInLine = true
        turns.append(endpoint)
    }
}
