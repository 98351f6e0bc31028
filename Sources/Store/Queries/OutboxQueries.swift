internal import SQLite

/// A notification, with what is needed to write its message.
package struct NotificationRow: Sendable {
    package var id: Int64
    package var kind: NotificationKind
    package var status: NotificationStatus
    /// The event that it tells, where there is one.
    package var event: Event?
    package var call: Int64?
    package var endpoint: String?
    package var endpointID: Int64?
    package var rule: String?
    package var condition: String?
    package var channel: String?
    package var destination: String?
    package var lane: String
    package var attempts: Int
    package var createdAt: Int64
    package var dueAt: Int64
    package var lastAnswer: String?
    package var settledAt: Int64?
    package var data: String?
}

/// What a list of notifications shows; nil shows all.
package struct NotificationFilter: Sendable {
    package var status: NotificationStatus?
    package var kind: NotificationKind?
    package var rule: String?
    package var endpoint: String?

    package init() {}
}

extension Store {
    private static let notificationColumns = """
        SELECT n.id, n.kind, n.status, n.call_id, n.endpoint_id, (SELECT name FROM endpoints e WHERE e.id = n.endpoint_id), n.rule,
          n.condition, n.channel, n.destination, n.lane, n.attempts, n.created_at, n.due_at, n.last_answer, n.settled_at, n.data,
          v.id, v.at, v.kind, v.endpoint_id, v.subject_id, v.data
        FROM notifications n LEFT JOIN events v ON v.id = n.event_id
        """

    // MARK: To be sent

    /// The lanes that have something to send. It hops from lane to lane in the index, however much is in each.
    package func notificationLanes() throws -> [String] {
        try read {
            try $0.prepare(
                """
                WITH RECURSIVE lanes (lane) AS (
                  SELECT min(lane) FROM notifications WHERE status = 'pending'
                  UNION ALL
                  SELECT (SELECT min(n.lane) FROM notifications n WHERE n.status = 'pending' AND n.lane > lanes.lane) FROM lanes
                  WHERE lanes.lane IS NOT NULL)
                SELECT lane FROM lanes WHERE lane IS NOT NULL
                """
            ).map { $0.text(0) }
        }
    }

    /// What a lane has to send, in its order, due or not; behind the number `after`.
    package func pendingNotifications(lane: String, after: Int64 = 0, limit: Int) throws -> [NotificationRow] {
        try read {
            let statement = try $0.prepare(
                Self.notificationColumns + " WHERE n.status = 'pending' AND n.lane = ? AND n.id > ? ORDER BY n.id LIMIT ?")
            statement.bind(1, lane)
            statement.bind(2, after)
            statement.bind(3, Int64(limit))
            return try statement.map(Self.notification)
        }
    }

    /// How many are to be sent or wait for their time.
    package func openNotifications() throws -> (pending: Int, waiting: Int) {
        try read {
            let pending = try $0.integer("SELECT count(*) FROM notifications INDEXED BY notifications_lane WHERE status = 'pending'") ?? 0
            let waiting = try $0.integer("SELECT count(*) FROM notifications INDEXED BY notifications_waiting WHERE status = 'waiting'") ?? 0
            return (Int(pending), Int(waiting))
        }
    }

    // MARK: Waiting for their time

    /// Notifications whose time to be looked at again has come by `now`, the longest due first.
    package func waitingNotifications(dueBy now: Int64, limit: Int) throws -> [NotificationRow] {
        try read {
            let statement = try $0.prepare(Self.notificationColumns + " WHERE n.status = 'waiting' AND n.due_at <= ? ORDER BY n.due_at LIMIT ?")
            statement.bind(1, now)
            statement.bind(2, Int64(limit))
            return try statement.map(Self.notification)
        }
    }

    /// Rows that wait for others to join them.
    package func collectingNotifications() throws -> [NotificationRow] {
        try read {
            try $0.prepare(
                Self.notificationColumns + """
                     WHERE n.id IN (SELECT w.id FROM notifications w INDEXED BY notifications_waiting
                      WHERE w.status = 'waiting' AND w.data LIKE '%"collects":%') ORDER BY n.id
                    """
            ).map(Self.notification)
        }
    }

    package func nextWaitingNotification() throws -> Int64? {
        try read { try $0.prepare("SELECT min(due_at) FROM notifications WHERE status = 'waiting'").first { $0.optionalInteger(0) } ?? nil }
    }

    // MARK: The log

    package func notification(_ id: Int64) throws -> NotificationRow? {
        try read {
            let statement = try $0.prepare(Self.notificationColumns + " WHERE n.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.notification)
        }
    }

    /// Notifications below `cursor`, newest first; with a filter among the newest `search`.
    package func notifications(
        _ filter: NotificationFilter = NotificationFilter(), below cursor: Int64? = nil, limit: Int, search: Int = Store.searchLimit
    ) throws -> Page<NotificationRow> {
        try read { connection in
            let numbers = try filter.endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let isFiltered = filter.status != nil || filter.kind != nil || filter.rule != nil || filter.endpoint != nil
            let floor = isFiltered ? try Self.floor(connection, "notifications", below: cursor, limit: search) : nil
            let statement = try connection.prepare(
                Self.notificationColumns + """
                     WHERE n.id < ?1 AND n.id > ?2 AND (?3 IS NULL OR n.status = ?3) AND (?4 IS NULL OR n.kind = ?4) AND (?5 IS NULL OR n.rule = ?5)
                      AND (?6 IS NULL OR n.endpoint_id IN (SELECT value FROM json_each(?6)))
                    ORDER BY n.id DESC LIMIT ?7
                    """)
            statement.bind(1, cursor ?? .max)
            statement.bind(2, floor ?? .min)
            statement.bind(3, filter.status?.rawValue)
            statement.bind(4, filter.kind?.rawValue)
            statement.bind(5, filter.rule)
            statement.bind(6, numbers ?? nil)
            statement.bind(7, Int64(limit + 1))
            return Page(try statement.map(Self.notification), limit: limit, floor: floor, number: \.id)
        }
    }

    private static func notification(_ row: Statement) throws(DatabaseError) -> NotificationRow {
        NotificationRow(
            id: row.integer(0), kind: try status(row.text(1)), status: try status(row.text(2)),
            event: row.optionalInteger(17).map {
                Event(
                    sequence: $0, at: row.integer(18), kind: row.text(19), endpoint: row.optionalInteger(20), subject: row.optionalInteger(21),
                    data: row.optionalText(22))
            },
            call: row.optionalInteger(3), endpoint: row.optionalText(5), endpointID: row.optionalInteger(4), rule: row.optionalText(6),
            condition: row.optionalText(7), channel: row.optionalText(8), destination: row.optionalText(9), lane: row.text(10),
            attempts: Int(row.integer(11)), createdAt: row.integer(12), dueAt: row.integer(13), lastAnswer: row.optionalText(14),
            settledAt: row.optionalInteger(15), data: row.optionalText(16))
    }
}
