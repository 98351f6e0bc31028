import Posix
import SQLite
@testable import Store
import TestKit
import Testing

@Suite struct OpeningTests {
    @Test func `a fresh file gets the whole schema and keeps it over a restart`() throws {
        let bench = try Bench()
        #expect(try bench.number("PRAGMA user_version") == Int64(Schema.migrations.count))
        let id = try bench.call(body: "hello")
        try bench.reopen()
        #expect(try bench.store.frozenCall(id)?.stdin == Array("hello".utf8))
        #expect(try bench.store.endpoints().map(\.name) == ["a"])
        #expect(try bench.store.read { try $0.text("PRAGMA integrity_check") } == "ok")
    }

    @Test func `every table is strict`() throws {
        let bench = try Bench()
        #expect(try bench.number("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict") == 0)
    }

    @Test func `the file of a newer program is refused and left as it is`() throws {
        let bench = try Bench()
        bench.store.close()
        do {
            let connection = try Connection(path: bench.path, mode: .readWrite)
            try connection.execute("PRAGMA user_version = 99")
        }
        let error = #expect(throws: StoreError.self) { try Store(path: bench.path) }
        #expect(error?.description.contains("newer version") == true)
        let connection = try Connection(path: bench.path, mode: .readOnly)
        #expect(try connection.integer("PRAGMA user_version") == 99)
    }

    @Test func `what is no database is refused with its path`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("sluice.db")
        try Files.writeAtomically(path, Array("this is a text and by no means a database, however long it may be".utf8))
        let error = #expect(throws: StoreError.self) { try Store(path: path) }
        #expect(error?.description.contains(path) == true)
        #expect(throws: StoreError.self) { try Store(path: folder.file("missing/sluice.db")) }
    }

    @Test func `a writing connection is in WAL mode, syncs fully and checks references`() throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Store.configure(connection)
        #expect(try connection.text("PRAGMA journal_mode") == "wal")
        #expect(try connection.integer("PRAGMA synchronous") == 2)
        #expect(try connection.integer("PRAGMA foreign_keys") == 1)
    }

    @Test func `a database in memory has no write-ahead log and is refused`() throws {
        let connection = try Connection(path: ":memory:", mode: .readWrite)
        #expect(throws: StoreError.self) { try Store.configure(connection) }
    }

    @Test func `readers cannot write`() throws {
        let bench = try Bench()
        #expect(throws: DatabaseError.self) { try bench.store.read { try $0.execute("DELETE FROM endpoints") } }
        #expect(try bench.store.endpoints().count == 1)
    }

    @Test func `a closed store takes nothing more and says so`() throws {
        let bench = try Bench()
        bench.store.close()
        bench.store.close()
        #expect(bench.commit(accept(bench.endpoint)) == "unavailable")
        try bench.reopen()
        #expect(try bench.number("SELECT count(*) FROM calls") == 0)
    }

    @Test func `what was submitted before the closing is committed`() throws {
        let bench = try Bench()
        let answers = Mailbox<String>()
        for _ in 0..<50 { bench.store.submit(accept(bench.endpoint)) { answers.append($0.label) } }
        try bench.reopen()
        #expect(answers.takeAll() == (1...50).map { "accepted \($0)" })
        #expect(try bench.number("SELECT count(*) FROM calls") == 50)
    }
}
