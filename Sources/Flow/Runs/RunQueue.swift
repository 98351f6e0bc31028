package import Model

/// Which run starts next: order kept within an endpoint, a turn for each endpoint in line, an own limit for each and one for all. Runs of
/// one lane, a schedule that must not overlap itself, never run beside each other, and hold up nobody else. Pure.
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

        var first: Int64 { waiting[head] }

        mutating func removeFirst() {
            head += 1
            if head > 1024, head * 2 > waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
        }
    }

    /// A schedule's runs that have one after the other to wait for.
    private struct Lane {
        /// Runs now.
        var current: Int64?
        var waiting: [Int64] = []
        var head = 0

        /// The next one; it is O(1) however many wait.
        mutating func takeFirst() -> Int64? {
            guard head < waiting.count else { return nil }
            defer {
                head += 1
                if head > 1024, head * 2 > waiting.count {
                    waiting.removeFirst(head)
                    head = 0
                }
            }
            return waiting[head]
        }
    }

    private var lines: [Int64: Line] = [:]
    private var lanes: [ScheduleReference: Lane] = [:]
    private var laneOf: [Int64: ScheduleReference] = [:]
    /// Endpoints that may start something, in the order of their turns.
    private var turns: [Int64] = []
    private var firstTurn = 0
    package private(set) var running = 0
    package let limit: Int

    package init(limit: Int) { self.limit = max(1, limit) }

    package mutating func add(_ run: Int64, endpoint: Int64, lane: ScheduleReference? = nil) {
        if let lane { laneOf[run] = lane }
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

    /// A run ended, or never began. One that is to be tried again keeps its lane: nothing else of it may start before.
    package mutating func finished(_ run: Int64, endpoint: Int64, isDone: Bool = true) {
        lines[endpoint]?.running -= 1
        running -= 1
        if isDone { leaveLane(run, endpoint) }
        takeTurn(endpoint)
    }

    private mutating func leaveLane(_ run: Int64, _ endpoint: Int64) {
        guard let name = laneOf.removeValue(forKey: run), lanes[name]?.current == run else { return }
        lanes[name]?.current = nil
        if let next = lanes[name]?.takeFirst() {
            // It holds the lane from here on.
            lanes[name]?.current = next
            lines[endpoint, default: Line()].putBack(next)
        } else {
            lanes[name] = nil
        }
    }

    /// Whether a run may start as far as its lane goes; if not, it waits there.
    private mutating func entersLane(_ run: Int64) -> Bool {
        guard let name = laneOf[run] else { return true }
        guard let current = lanes[name]?.current else {
            lanes[name, default: Lane()].current = run
            return true
        }
        if current == run { return true }
        // In place: a copy of the lane would cost as much as it is long.
        lanes[name]?.waiting.append(run)
        return false
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
            guard let run = lines[endpoint].flatMap({ $0.mayStart ? $0.first : nil }) else { continue }
            lines[endpoint]?.removeFirst()
            guard entersLane(run) else {
                takeTurn(endpoint)
                continue
            }
            lines[endpoint]?.running += 1
            running += 1
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
