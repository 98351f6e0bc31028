internal import Model
internal import SQLite

extension Writer {
    /// queued -> running, committed before the command is started: a run that is found `running` after a crash may have begun.
    func claim(_ id: Int64, at: Int64) throws(DatabaseError) -> Outcome {
        let won = try run(
            "UPDATE runs SET status = 'running', started_at = ?, attempts = attempts + 1 WHERE id = ? AND status = 'queued'"
        ) {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        guard won == 1 else { return try runConflict(id) }
        try appendEvent("run_started", at: at, endpoint: try endpointOf(run: id), subject: id)
        return .done
    }

    /// running -> queued. One that never began counts as not attempted.
    func unclaim(_ id: Int64, began: Bool, at: Int64) throws(DatabaseError) -> Outcome {
        let won = try run(
            "UPDATE runs SET status = 'queued', started_at = NULL, attempts = attempts - ? WHERE id = ? AND status = 'running'"
        ) {
            $0.bind(1, Int64(began ? 0 : 1))
            $0.bind(2, id)
        }
        guard won == 1 else { return try runConflict(id) }
        if began {
            try appendEvent(
                "run_queued", at: at, endpoint: try endpointOf(run: id), subject: id, data: "again after an interruption")
        }
        return .done
    }

    func finish(_ id: Int64, _ result: RunResult, at: Int64) throws(DatabaseError) -> Outcome {
        let won = try run(
            """
            UPDATE runs SET status = ?, finished_at = ?, exit_code = ?, duration_us = ?, cut_bytes = ?, error = ?
            WHERE id = ? AND status = 'running'
            """
        ) {
            $0.bind(1, result.status.rawValue)
            $0.bind(2, at)
            $0.bind(3, Int64(result.exitCode))
            $0.bind(4, result.durationMicroseconds)
            $0.bind(5, Int64(result.cutBytes))
            $0.bind(6, result.error)
            $0.bind(7, id)
        }
        guard won == 1 else { return try runConflict(id) }
        if !result.output.isEmpty {
            _ = try run("INSERT INTO run_outputs (id, bytes) VALUES (?, ?)") {
                $0.bind(1, id)
                $0.bind(2, result.output)
            }
        }
        try runEnded(id, event: "run_finished", data: result.status.rawValue, at: at)
        return .done
    }

    /// A claimed run whose frozen call no longer matches what would run: it is not started, and its approval becomes stale. The callback
    /// is told once: of the stale approval, or of the cancelled run of a call that asked nobody.
    func refuseStale(_ id: Int64, reason: String, at: Int64) throws(DatabaseError) -> Outcome {
        let won = try run(
            "UPDATE runs SET status = 'cancelled', finished_at = ?, error = ? WHERE id = ? AND status IN ('queued', 'running')"
        ) {
            $0.bind(1, at)
            $0.bind(2, reason)
            $0.bind(3, id)
        }
        guard won == 1 else { return try runConflict(id) }
        let endpoint = try endpointOf(run: id)
        let hadApproval = try makeStale(id, endpoint: endpoint, reason: reason, at: at)
        let event = try appendEvent("run_cancelled", at: at, endpoint: endpoint, subject: id, data: reason)
        if !hadApproval { try queueCallback(id, event: event, at: at) }
        notice.finishedRuns.append(id)
        openFires?.remove(id)
        return .done
    }

    func cancelRun(_ id: Int64, at: Int64) throws(DatabaseError) -> Outcome {
        let won = try run(
            "UPDATE runs SET status = 'cancelled', finished_at = ?, error = 'cancelled before it began' WHERE id = ? AND status = 'queued'"
        ) {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        guard won == 1 else { return try runConflict(id) }
        try runEnded(id, event: "run_cancelled", data: nil, at: at)
        return .done
    }

    /// Runs of a life that ended without a word: interrupted, and queued again only where the endpoint says that its command is idempotent.
    func interruptRunning(at: Int64, retry: Set<Int64>) throws(DatabaseError) -> Outcome {
        let found = try connection.prepare("SELECT id, endpoint_id FROM runs INDEXED BY runs_open WHERE finished_at IS NULL AND status = 'running'")
            .map { ($0.integer(0), $0.integer(1)) }
        for (id, endpoint) in found {
            if retry.contains(endpoint) {
                _ = try run("UPDATE runs SET status = 'queued' WHERE id = ?") { $0.bind(1, id) }
                try appendEvent("run_queued", at: at, endpoint: endpoint, subject: id, data: "again after an interruption")
                continue
            }
            _ = try run(
                """
                UPDATE runs SET status = 'interrupted', finished_at = ?,
                  error = 'Sluice stopped while the command was running; it was not run again' WHERE id = ?
                """
            ) {
                $0.bind(1, at)
                $0.bind(2, id)
            }
            try runEnded(id, event: "run_interrupted", data: nil, at: at)
        }
        return .interrupted(found.map(\.0))
    }

    private func runEnded(_ id: Int64, event: String, data: String?, at: Int64) throws(DatabaseError) {
        let number = try appendEvent(event, at: at, endpoint: try endpointOf(run: id), subject: id, data: data)
        try queueCallback(id, event: number, at: at)
        notice.finishedRuns.append(id)
        openFires?.remove(id)
    }

    private func runConflict(_ id: Int64) throws(DatabaseError) -> Outcome {
        let statement = try connection.prepare("SELECT status FROM runs WHERE id = ?")
        statement.bind(1, id)
        guard let status = try statement.first({ $0.text(0) }) else { return .notFound }
        return .conflict(status: status)
    }

    private func endpointOf(run id: Int64) throws(DatabaseError) -> Int64 {
        let statement = try connection.prepare("SELECT endpoint_id FROM runs WHERE id = ?")
        statement.bind(1, id)
        return try statement.first { $0.integer(0) } ?? 0
    }
}
