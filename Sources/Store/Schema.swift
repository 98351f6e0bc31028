internal import SQLite

/// The tables, as numbered migrations. A migration that has been released is never changed; a new one is added behind it.
///
/// A call, its approval and its run share one number, so that "at most one run for a call" is a primary key. All numbers grow with
/// time, so inserts touch the last page of a table; senders' delivery ids, which are random, reach
/// their index in bulk.
enum Schema {
    static let migrations: [String] = [
        """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE endpoints (
          id INTEGER PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('file', 'api')),
          revision INTEGER NOT NULL, settings TEXT NOT NULL, overrides TEXT NOT NULL DEFAULT '{}',
          created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
        CREATE UNIQUE INDEX endpoints_name ON endpoints (name) WHERE deleted_at IS NULL;

        CREATE TABLE schedules (
          endpoint_id INTEGER PRIMARY KEY REFERENCES endpoints, high_water INTEGER NOT NULL, paused INTEGER NOT NULL DEFAULT 0,
          identity TEXT, last_call_id INTEGER, missed INTEGER NOT NULL DEFAULT 0) STRICT;

        CREATE TABLE bodies (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        -- Shared by calls of a short stretch of numbers from `first_call` on (Writer.specStretch), so that its last user is found without an index.
        CREATE TABLE specs (id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, body TEXT NOT NULL, first_call INTEGER NOT NULL) STRICT;

        CREATE TABLE calls (
          id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL REFERENCES endpoints, source TEXT NOT NULL,
          requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL, event TEXT, sender_id TEXT,
          spec_id INTEGER NOT NULL, body_id INTEGER, digest BLOB NOT NULL,
          idempotency_key TEXT, request BLOB, callback_url TEXT) STRICT;
        CREATE UNIQUE INDEX calls_key ON calls (endpoint_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

        CREATE TABLE deliveries (
          id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL, sender_id TEXT, event TEXT, source TEXT NOT NULL,
          received_at INTEGER NOT NULL, verdict TEXT NOT NULL, call_id INTEGER, body_id INTEGER, peer TEXT NOT NULL,
          headers TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 1, last_seen_at INTEGER NOT NULL) STRICT;
        -- Where the first delivery with a sender's id is found; the newest ids are not in it yet (DeliveryIndex).
        CREATE TABLE delivery_ids (
          endpoint_id INTEGER NOT NULL, sender_id TEXT NOT NULL, delivery_id INTEGER NOT NULL,
          PRIMARY KEY (endpoint_id, sender_id)) STRICT, WITHOUT ROWID;

        CREATE TABLE rejected_deliveries (
          id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL, received_at INTEGER NOT NULL, status INTEGER NOT NULL,
          reason TEXT NOT NULL, peer TEXT NOT NULL, sender_id TEXT) STRICT;
        CREATE INDEX rejected_deliveries_endpoint ON rejected_deliveries (endpoint_id, id);

        CREATE TABLE approvals (
          id INTEGER PRIMARY KEY REFERENCES calls, endpoint_id INTEGER NOT NULL, status TEXT NOT NULL,
          requested_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, timeout_mins INTEGER NOT NULL,
          decided_at INTEGER, decided_by TEXT, decided_via TEXT, reason TEXT) STRICT;
        CREATE INDEX approvals_expiry ON approvals (expires_at) WHERE status = 'pending';
        CREATE INDEX approvals_pending ON approvals (id, endpoint_id) WHERE status = 'pending';

        CREATE TABLE runs (
          id INTEGER PRIMARY KEY REFERENCES calls, endpoint_id INTEGER NOT NULL, status TEXT NOT NULL, queued_at INTEGER NOT NULL,
          started_at INTEGER, finished_at INTEGER, exit_code INTEGER, duration_us INTEGER, cut_bytes INTEGER NOT NULL DEFAULT 0,
          error TEXT, attempts INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE INDEX runs_open ON runs (id) WHERE finished_at IS NULL;
        CREATE TABLE run_outputs (id INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, bytes BLOB NOT NULL) STRICT;

        CREATE TABLE events (
          id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, endpoint_id INTEGER, subject_id INTEGER, data TEXT) STRICT;

        CREATE TABLE notifications (
          id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, call_id INTEGER NOT NULL, destination TEXT NOT NULL,
          status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL,
          last_answer TEXT, settled_at INTEGER) STRICT;
        CREATE INDEX notifications_call ON notifications (call_id);
        CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE status = 'pending';

        CREATE TABLE api_keys (
          id INTEGER PRIMARY KEY, label TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, prefix TEXT NOT NULL, created_at INTEGER NOT NULL,
          revoked_at INTEGER) STRICT;
        CREATE TABLE logins (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE sessions (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """,
        """
        ALTER TABLE endpoints ADD COLUMN kind TEXT NOT NULL DEFAULT 'command' CHECK (kind IN ('command', 'crontab'));
        -- For how many fires of its schedule an approval stands, and the missed fire times that it asks for (a JSON list), oldest first.
        ALTER TABLE approvals ADD COLUMN fires INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE approvals ADD COLUMN missed TEXT;

        -- Schedules that somebody, or their own failures, paused or resumed. All others have no row.
        CREATE TABLE schedule_states (
          endpoint_id INTEGER NOT NULL REFERENCES endpoints, schedule TEXT NOT NULL, paused INTEGER NOT NULL, reason TEXT,
          changed_at INTEGER NOT NULL, PRIMARY KEY (endpoint_id, schedule)) STRICT, WITHOUT ROWID;
        INSERT INTO schedule_states SELECT endpoint_id, '', 1, NULL, high_water FROM schedules WHERE paused;
        DROP TABLE schedules;

        -- Fires that did not run. `behind_call` is the newest call at the time: see ScheduleMark.
        CREATE TABLE skipped_fires (
          id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL, schedule TEXT NOT NULL, reason TEXT NOT NULL, first_at INTEGER NOT NULL,
          last_at INTEGER NOT NULL, count INTEGER NOT NULL, recorded_at INTEGER NOT NULL, behind_call INTEGER NOT NULL) STRICT;
        CREATE INDEX skipped_fires_schedule ON skipped_fires (endpoint_id, schedule, id);
        CREATE TABLE known_schedules (id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, hashes BLOB NOT NULL) STRICT;
        """,
        """
        -- The newest call of each schedule, and behind it a chain: the index of keys finds a fire by its time only.
        CREATE TABLE last_fires (
          endpoint_id INTEGER NOT NULL REFERENCES endpoints, schedule TEXT NOT NULL, call_id INTEGER NOT NULL,
          PRIMARY KEY (endpoint_id, schedule)) STRICT, WITHOUT ROWID;
        ALTER TABLE calls ADD COLUMN previous_fire INTEGER;
        -- Fires begin with their time: those of one second are neighbours, whatever their schedules.
        DROP INDEX calls_key;
        UPDATE calls SET idempotency_key =
          'schedule@' || substr(idempotency_key, -20) || ':' || substr(idempotency_key, 10, length(idempotency_key) - 30)
        WHERE idempotency_key GLOB 'schedule:*@????-??-??T??:??:??Z';
        CREATE UNIQUE INDEX calls_key ON calls (idempotency_key, endpoint_id) WHERE idempotency_key IS NOT NULL;
        UPDATE calls SET previous_fire = older.id FROM (
          SELECT id AS newer, lag(id) OVER (PARTITION BY endpoint_id, substr(idempotency_key, 31) ORDER BY id) AS id
          FROM calls WHERE idempotency_key GLOB 'schedule@????-??-??T??:??:??Z*') older
        WHERE calls.id = older.newer AND older.id IS NOT NULL;
        INSERT INTO last_fires SELECT endpoint_id, substr(idempotency_key, 31), max(id) FROM calls
        WHERE idempotency_key GLOB 'schedule@????-??-??T??:??:??Z*' GROUP BY 1, 2;
        """,
        """
        -- Why the gate asked, where a condition decided it.
        ALTER TABLE approvals ADD COLUMN gate_reason TEXT;
        """,
        """
        -- Which of the endpoint's secrets verified it (from 1), what it repeats at somebody's wish, and how long checking took.
        ALTER TABLE deliveries ADD COLUMN matched_secret INTEGER;
        ALTER TABLE deliveries ADD COLUMN redelivery_of INTEGER;
        ALTER TABLE deliveries ADD COLUMN verify_us INTEGER;
        -- Partial: what a sender sends is not in it.
        CREATE INDEX deliveries_redelivered ON deliveries (redelivery_of) WHERE redelivery_of IS NOT NULL;
        """,
        """
        -- The outbox of everything that is told: outcomes to callers (`callback`), endpoints' notify_url (`notify`), rules (`alert`), tests
        -- of rules (`test`) and answers to Slack (`reply`). AUTOINCREMENT: receivers tell repeats by what is made from the number.
        ALTER TABLE notifications RENAME TO earlier_notifications;
        DROP INDEX notifications_call;
        DROP INDEX notifications_due;
        CREATE TABLE notifications (
          id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, event_id INTEGER, call_id INTEGER, endpoint_id INTEGER,
          rule TEXT, condition TEXT, channel TEXT, destination TEXT, lane TEXT NOT NULL,
          -- waiting (for a time or for others to join it) -> pending -> sent | dead; or silenced.
          status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
          last_answer TEXT, settled_at INTEGER, data TEXT) STRICT;
        INSERT INTO notifications (id, kind, event_id, call_id, destination, lane, status, attempts, created_at, due_at, last_answer, settled_at)
        SELECT id, 'callback', event_id, call_id, destination, destination, status, attempts, created_at, next_attempt_at, last_answer, settled_at
        FROM earlier_notifications;
        UPDATE notifications SET endpoint_id = (SELECT endpoint_id FROM calls WHERE calls.id = call_id);
        -- Numbers beyond all that were ever used.
        INSERT INTO sqlite_sequence (name, seq) SELECT 'notifications', 0
        WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'notifications');
        UPDATE sqlite_sequence SET seq = (SELECT ifnull(max(id), 0) FROM events) WHERE name = 'notifications';
        DROP TABLE earlier_notifications;
        CREATE INDEX notifications_call ON notifications (call_id) WHERE call_id IS NOT NULL;
        CREATE INDEX notifications_lane ON notifications (lane, id) WHERE status = 'pending';
        CREATE INDEX notifications_waiting ON notifications (due_at) WHERE status = 'waiting';
        CREATE INDEX notifications_event ON notifications (event_id) WHERE status IN ('pending', 'waiting');

        -- Rules made over the API, and which of the file's are switched off or on there (`settings` is NULL).
        CREATE TABLE alert_rules (
          name TEXT PRIMARY KEY, settings TEXT, enabled INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        -- What a rule remembers of an endpoint or a group: streaks, what it has told lately. JSON.
        CREATE TABLE alert_states (
          rule TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (rule, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE silences (
          id INTEGER PRIMARY KEY, rule TEXT, endpoint TEXT, reason TEXT NOT NULL, author TEXT NOT NULL,
          created_at INTEGER NOT NULL, until INTEGER NOT NULL) STRICT;
        """,
        """
        -- The approvals that wait, in a table of their own instead of two partial indexes: rows are appended to a table with one page written,
        -- to an index with two or three. When they end is found in the writer's memory (ExpiryQueue).
        CREATE TABLE pending_approvals (id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;
        INSERT INTO pending_approvals SELECT id, endpoint_id, expires_at FROM approvals WHERE status = 'pending' ORDER BY id;
        DROP INDEX approvals_expiry;
        DROP INDEX approvals_pending;

        -- Half of the key of DeliveryIndex instead of the text: a third of the pages. The next start fills it from the deliveries.
        CREATE TABLE delivery_hashes (hash INTEGER NOT NULL, delivery_id INTEGER NOT NULL, PRIMARY KEY (hash, delivery_id)) STRICT, WITHOUT ROWID;
        DROP TABLE delivery_ids;
        DELETE FROM meta WHERE key = 'delivery_ids_through';
        """,
        """
        -- Which of the endpoint's rules left it out, where it was ignored.
        ALTER TABLE deliveries ADD COLUMN reason TEXT;
        """,
    ]

    /// Applies what is missing, each migration in a transaction of its own.
    /// - Throws: `StoreError` for a file of a newer program, `DatabaseError` for all else.
    static func migrate(_ connection: Connection, progress: StartProgress = StartProgress()) throws {
        let version = Int(try connection.integer("PRAGMA user_version") ?? 0)
        guard version <= migrations.count else {
            throw StoreError(
                "the database has schema \(version), this program knows schema \(migrations.count): it was written by a newer version")
        }
        for next in version..<migrations.count {
            // A database that is only being made takes no time.
            if version > 0 { progress.reached("step \(next - version + 1) of \(migrations.count - version)") }
            try connection.transaction { () throws(DatabaseError) in
                try connection.execute(migrations[next])
                try connection.execute("PRAGMA user_version = \(next + 1)")
            }
        }
    }
}

extension Connection {
    /// Does all of `body` or nothing.
    func transaction(_ body: () throws(DatabaseError) -> Void) throws(DatabaseError) {
        try execute("BEGIN IMMEDIATE")
        do throws(DatabaseError) {
            try body()
            try execute("COMMIT")
        } catch {
            // SQLite has rolled back by itself after some errors (a full disk among them).
            if !isAutocommit { try? execute("ROLLBACK") }
            throw error
        }
    }
}
