package import Model
internal import SQLite

/// What became of a command. A conflict is an answer, not an error: the precondition did not hold.
package enum Outcome: Sendable {
    case done
    case accepted(AcceptedCall)
    /// What became of each call of a fire, in their order.
    case fired([FireFate])
    /// The idempotency key is known, but with another call.
    case keyReused
    /// The endpoint has as many approvals waiting as it may.
    case tooManyPending(limit: Int)
    case ignored(delivery: Int64, isDuplicate: Bool)
    case decided(status: ApprovalStatus)
    /// The row was not in the state that the command needs; `status` is the state it is in.
    case conflict(status: String)
    case notFound
    case expired(count: Int, next: Int64?)
    case created(id: Int64)
    /// The numbers of notifications, in the order of their commands.
    case queued(ids: [Int64])
    case interrupted([Int64])
    case endpoint(id: Int64, revision: Int64)
    case changed(count: Int)
    /// Nothing was stored: the disk is full or the database is broken.
    case unavailable(String)
}

/// A call that is committed and synced, or the first one of which this was a repeat.
package struct AcceptedCall: Sendable {
    package var call: Int64
    package var delivery: Int64?
    package var isDuplicate: Bool
    /// Set when the call waits for a decision.
    package var timeoutMinutes: Int?
    package var expiresAt: Int64?

    package init(call: Int64, delivery: Int64?, isDuplicate: Bool, timeoutMinutes: Int?, expiresAt: Int64?) {
        self.call = call
        self.delivery = delivery
        self.isDuplicate = isDuplicate
        self.timeoutMinutes = timeoutMinutes
        self.expiresAt = expiresAt
    }
}

/// What a commit brought about, rung once for each transaction on the writer's thread: the next stages read the rows themselves.
package struct CommitNotice: Sendable {
    package struct QueuedRun: Sendable {
        package let id: Int64
        package let endpoint: Int64
        /// The schedule whose fire made its call.
        package let schedule: ScheduleReference?

        package init(id: Int64, endpoint: Int64, schedule: ScheduleReference? = nil) {
            self.id = id
            self.endpoint = endpoint
            self.schedule = schedule
        }
    }
    package var queuedRuns: [QueuedRun] = []
    package var finishedRuns: [Int64] = []
    package var earliestExpiry: Int64?
    /// Events or refused deliveries were written: what alert rules read.
    package var hasEvents = false
    /// Of notifications that are to be sent; a lane may be named twice.
    package var notificationLanes: [String] = []
    /// By lane, the lowest number of those that are older than this transaction: they waited for a time, or are sent once more.
    package var revivedNotifications: [String: Int64] = [:]
    /// Those that somebody wants tried now.
    package var pushedNotifications: [(lane: String, id: Int64)] = []
    /// Notifications that wait for a time were added or changed.
    package var hasWaitingNotifications = false
    /// Running runs that a later fire of their schedule ends.
    package var cancelRuns: [Int64] = []
    package var skippedFires: [SkipReason: Int] = [:]

    package var isEmpty: Bool {
        queuedRuns.isEmpty && finishedRuns.isEmpty && earliestExpiry == nil && notificationLanes.isEmpty && !hasEvents
            && !hasWaitingNotifications && pushedNotifications.isEmpty && cancelRuns.isEmpty && skippedFires.isEmpty
    }
}

/// Why the store could not be opened, in words for the operator.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Whether a row cannot be read, rather than the database: trying again would not help.
package func isDamage(_ error: any Error) -> Bool { (error as? DatabaseError)?.primaryCode == 11 }
