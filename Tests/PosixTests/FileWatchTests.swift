import Glibc
import Posix
import TestKit
import Testing

/// Changes of watched files are noticed, however they are made.
@Suite struct FileWatchTests {
    /// Whether a change counts: inotify has its events in the queue when the call that made it returns.
    private func notices(_ change: (String) throws -> Void) throws -> Bool {
        let directory = try TemporaryDirectory()
        try #require(mkdir(directory.file("schedules"), 0o700) == 0)
        try Files.writeAtomically(directory.file("elsewhere"), [1], mode: 0o600)
        let watch = try FileWatch(file: directory.file("wrapd.yaml"), folders: [directory.file("schedules")]) { $0.hasSuffix(".crontab") }
        try change(directory.path)
        _ = watch.hasSettled()
        return watch.patience != nil
    }

    @Test func `a file that is replaced`() throws {
        #expect(try notices { try Files.writeAtomically($0 + "/schedules/a.crontab", [1], mode: 0o600) })
        #expect(try notices { try Files.writeAtomically($0 + "/wrapd.yaml", [1], mode: 0o600) })
    }

    @Test func `a new link`() throws {
        #expect(try notices { _ = symlink($0 + "/elsewhere", $0 + "/schedules/a.crontab") })
        #expect(try notices { _ = link($0 + "/elsewhere", $0 + "/schedules/a.crontab") })
        #expect(try notices { _ = symlink($0 + "/elsewhere", $0 + "/wrapd.yaml") })
    }

    @Test func `a folder that comes later, goes, and comes back`() throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock(wall: 0)
        let folder = directory.file("schedules")
        let watch = try FileWatch(file: directory.file("wrapd.yaml"), folders: [folder], clock: clock.clock) { $0.hasSuffix(".crontab") }
        #expect(!watch.changes(clock))
        for _ in 0..<2 {
            try #require(mkdir(folder, 0o700) == 0)
            #expect(watch.changes(clock))
            try Files.writeAtomically(folder + "/a.crontab", [1], mode: 0o600)
            #expect(watch.changes(clock))
            try Files.writeAtomically(folder + "/notes.txt", [1], mode: 0o600)
            #expect(!watch.changes(clock))
            // Moved away, its files are of no interest any more.
            try #require(rename(folder, directory.file("old")) == 0)
            #expect(watch.changes(clock))
            try Files.writeAtomically(directory.file("old/b.crontab"), [1], mode: 0o600)
            #expect(!watch.changes(clock))
            for name in ["a.crontab", "b.crontab", "notes.txt"] { unlink(directory.file("old/\(name)")) }
            try #require(rmdir(directory.file("old")) == 0)
        }
    }

    @Test func `a folder far from the file comes, goes with all above it, and comes back`() throws {
        let (directory, elsewhere) = (try TemporaryDirectory(), try TemporaryDirectory())
        let clock = TestClock(wall: 0)
        let (top, folder) = (elsewhere.file("a"), elsewhere.file("a/b/c"))
        let watch = try FileWatch(file: directory.file("wrapd.yaml"), folders: [folder], clock: clock.clock) { $0.hasSuffix(".crontab") }
        try Files.writeAtomically(elsewhere.file("x.crontab"), [1], mode: 0o600)
        #expect(!watch.changes(clock))
        for _ in 0..<3 {
            for path in [top, top + "/b", folder] {
                try #require(mkdir(path, 0o700) == 0)
                #expect(watch.changes(clock), "\(path)")
            }
            try Files.writeAtomically(top + "/b/x.crontab", [1], mode: 0o600)
            #expect(!watch.changes(clock))
            try Files.writeAtomically(folder + "/x.crontab", [1], mode: 0o600)
            #expect(watch.changes(clock))
            unlink(folder + "/x.crontab")
            unlink(top + "/b/x.crontab")
            for path in [folder, top + "/b", top] { try #require(rmdir(path) == 0) }
            #expect(watch.changes(clock))
        }
        // All at once, as `mkdir -p` or a copy makes it.
        for path in [top, top + "/b", folder] { try #require(mkdir(path, 0o700) == 0) }
        #expect(watch.changes(clock))
        try Files.writeAtomically(folder + "/x.crontab", [1], mode: 0o600)
        #expect(watch.changes(clock))
    }

    @Test func `other folders are followed instead, and watches do not pile up`() throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock(wall: 0)
        for name in ["one", "two"] { try #require(mkdir(directory.file(name), 0o700) == 0) }
        let watch = try FileWatch(file: directory.file("wrapd.yaml"), folders: [directory.file("one")], clock: clock.clock) { _ in true }
        for _ in 0..<100 {
            for (followed, other) in [("two", "one"), ("one", "two")] {
                watch.follow(folders: [directory.file(followed), directory.file(followed + "/none")])
                #expect(watch.changes(clock), "what was written between the reading and the watching")
                watch.follow(folders: [directory.file(followed), directory.file(followed + "/none")])
                #expect(!watch.changes(clock))
                try Files.writeAtomically(directory.file(other + "/x"), [1], mode: 0o600)
                #expect(!watch.changes(clock))
                try Files.writeAtomically(directory.file(followed + "/x"), [1], mode: 0o600)
                #expect(watch.changes(clock))
            }
        }
        let lines = fileText("/proc/self/fdinfo/\(watch.descriptor)").split(separator: "\n").filter { $0.hasPrefix("inotify") }
        #expect(lines.count == directory.file("one").split(separator: "/").count + 1, "the folder, and all directories above it")
    }

    @Test func `a file that is still being written, or of no interest, does not count`() throws {
        #expect(try !notices { try Files.writeAtomically($0 + "/schedules/notes.txt", [1], mode: 0o600) })
        var unfinished: Int32 = -1
        defer { close(unfinished) }
        let isNoticed = try notices { unfinished = open($0 + "/schedules/a.crontab", O_WRONLY | O_CREAT, 0o600) }
        #expect(unfinished >= 0 && !isNoticed)
    }
}

extension FileWatch {
    /// Whether there was a change since the last question; later than the clock says.
    func changes(_ clock: TestClock) -> Bool {
        _ = hasSettled()
        let isNoticed = patience != nil
        clock.advance(by: 3_000_000)
        _ = hasSettled()
        return isNoticed
    }
}
