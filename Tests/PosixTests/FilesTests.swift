import Glibc
import Posix
import TestKit
import Testing

@Suite struct FilesTests {
    private func mode(_ path: String) -> UInt32 {
        var information = stat()
        return stat(path, &information) == 0 ? information.st_mode & 0o7777 : 0
    }

    @Test func anAtomicWriteReplacesTheWholeFileAndIsPrivate() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("key")
        try Files.writeAtomically(path, [1, 2, 3])
        #expect(mode(path) == 0o600)
        chmod(path, 0o644)
        try Files.writeAtomically(path, [4])
        #expect(try Files.read(path, limit: 10) == [4])
        #expect(mode(path) == 0o600)
        try Files.writeAtomically(path, [])
        #expect(try Files.read(path, limit: 0) == [])
    }

    @Test func aFailedWriteLeavesNothingBehind() throws {
        let directory = try TemporaryDirectory()
        try Files.makeDirectories(directory.file("taken/inside"))
        #expect(throws: SystemError.self) { try Files.writeAtomically(directory.file("taken"), [1]) }
        #expect(!Files.exists(directory.file("taken.\(getpid()).new")))
        #expect(throws: SystemError.self) { try Files.writeAtomically(directory.file("missing/key"), [1]) }
    }

    @Test func readingIsBounded() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file")
        try Files.writeAtomically(path, [UInt8](repeating: 7, count: 100_000))
        #expect(try Files.read(path, limit: 100_000).count == 100_000)
        #expect(throws: SystemError(errno: EFBIG, call: "read \(path)")) { try Files.read(path, limit: 99_999) }
        #expect(throws: SystemError(errno: ENOENT, call: "open \(path)x")) { try Files.read(path + "x", limit: 1) }
    }

    @Test func directoriesAreMadeOnTheWay() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a/b/c")
        try Files.makeDirectories(path)
        try Files.makeDirectories(path)
        #expect(mode(directory.file("a")) == 0o700)
        #expect(mode(path) == 0o700)
        try Files.writeAtomically(directory.file("file"), [])
        #expect(throws: SystemError.self) { try Files.makeDirectories(directory.file("file")) }
        #expect(throws: SystemError.self) { try Files.makeDirectories(directory.file("file/below")) }
    }
}
