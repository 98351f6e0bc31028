import Glibc
import Posix
import TestKit
import Testing

/// Directories above a watched folder, links and spellings.
@Suite struct WatchedWayTests {
    private func make(_ paths: String...) throws { for p in paths { try #require(mkdir(p, 0o700) == 0, "\(p)") } }
    private func put(_ path: String) throws { try Files.writeAtomically(path, [1], mode: 0o600) }
    private func watching(_ file: String, _ folders: String...) throws -> (FileWatch, TestClock) {
        let clock = TestClock(wall: 0)
        return (try FileWatch(file: file, folders: folders, clock: clock.clock) { $0.hasSuffix(".crontab") }, clock)
    }

    @Test func `a directory far above that is moved away and made again`() throws {
        let (conf, e) = (try TemporaryDirectory(), try TemporaryDirectory())
        try make(e.file("a"), e.file("a/b"), e.file("a/b/c"))
        let (w, c) = try watching(conf.file("wrapd.yaml"), e.file("a/b/c"))
        try #require(rename(e.file("a"), e.file("old")) == 0)
        #expect(w.changes(c), "the folder went")
        try make(e.file("a"), e.file("a/b"), e.file("a/b/c"))
        #expect(w.changes(c), "the folder came back")
        try put(e.file("a/b/c/x.crontab"))
        #expect(w.changes(c), "a file in the folder")
        try put(e.file("old/b/c/x.crontab"))
        #expect(!w.changes(c), "a file in what is no longer the folder")
        w.follow(folders: [e.file("a/b/c")])
        try put(e.file("a/b/c/y.crontab"))
        #expect(w.changes(c), "after a reload by HUP")
    }

    @Test func `the file's directory that is moved away and made again`() throws {
        let (top, e) = (try TemporaryDirectory(), try TemporaryDirectory())
        try make(top.file("conf"), e.file("schedules"))
        let (w, c) = try watching(top.file("conf/wrapd.yaml"), e.file("schedules"))
        try #require(rename(top.file("conf"), top.file("old")) == 0)
        #expect(w.changes(c))
        try make(top.file("conf"))
        try put(top.file("conf/wrapd.yaml"))
        #expect(w.changes(c), "came back")
        try put(top.file("conf/wrapd.yaml"))
        #expect(w.changes(c), "changed")
        w.follow(folders: [e.file("schedules")])
        try put(top.file("conf/wrapd.yaml"))
        #expect(w.changes(c), "after HUP")
    }

    @Test func `a link to a folder that is turned`() throws {
        let (conf, e) = (try TemporaryDirectory(), try TemporaryDirectory())
        try make(e.file("t1"), e.file("t2"))
        symlink(e.file("t1"), conf.file("schedules"))
        let (w, c) = try watching(conf.file("wrapd.yaml"), conf.file("schedules"))
        symlink(e.file("t2"), conf.file("new"))
        #expect(!w.changes(c))
        rename(conf.file("new"), conf.file("schedules"))
        #expect(w.changes(c), "link replaced")
        try put(e.file("t2/x.crontab"))
        #expect(w.changes(c), "file in new target")
        try put(e.file("t1/x.crontab"))
        #expect(!w.changes(c), "file in old target")
        unlink(e.file("t2/x.crontab"))
        #expect(w.changes(c))
    }

    @Test func `a link on the way that is turned`() throws {
        let (conf, e) = (try TemporaryDirectory(), try TemporaryDirectory())
        try make(e.file("r1"), e.file("r2"), e.file("r1/schedules"), e.file("r2/schedules"))
        symlink("r1", e.file("current"))
        let (w, c) = try watching(conf.file("wrapd.yaml"), e.file("current/schedules"))
        symlink("r2", e.file("new"))
        rename(e.file("new"), e.file("current"))
        #expect(w.changes(c), "current now leads elsewhere")
        try put(e.file("r2/schedules/x.crontab"))
        #expect(w.changes(c), "file in the folder")
        w.follow(folders: [e.file("current/schedules")])
        try put(e.file("r2/schedules/x.crontab"))
        #expect(w.changes(c), "file in the folder after HUP")
    }

    @Test(arguments: ["schedules/", "./schedules", "x/../schedules", "schedules//", "schedules/.", ".//schedules"])
    func `a folder however it is spelled`(_ s: String) throws {
        let top = try TemporaryDirectory()
        try make(top.file("x"), top.file("schedules"))
        let (w, c) = try watching(top.file("wrapd.yaml"), top.path + "/" + s)
        try put(top.file("schedules/x.crontab"))
        #expect(w.changes(c))
        try #require(rename(top.file("schedules"), top.file("old")) == 0)
        #expect(w.changes(c), "gone")
        try put(top.file("old/x.crontab"))
        #expect(!w.changes(c))
        try make(top.file("schedules"))
        #expect(w.changes(c), "back")
        try put(top.file("schedules/x.crontab"))
        #expect(w.changes(c), "file")
    }

    @Test(arguments: [".", "", "./", "x/.."])
    func `the file's own directory as the folder`(_ s: String) throws {
        let top = try TemporaryDirectory()
        try make(top.file("conf"), top.file("conf/x"))
        let (w, c) = try watching(top.file("conf/wrapd.yaml"), top.file("conf") + "/" + s)
        try put(top.file("conf/x.crontab"))
        #expect(w.changes(c))
        try put(top.file("conf/wrapd.yaml"))
        #expect(w.changes(c))
        try put(top.file("conf/other"))
        #expect(!w.changes(c))
        try #require(rename(top.file("conf"), top.file("old")) == 0)
        #expect(w.changes(c), "gone")
        try make(top.file("conf"), top.file("conf/x"))
        #expect(w.changes(c), "back")
        try put(top.file("conf/wrapd.yaml"))
        #expect(w.changes(c), "file")
        try put(top.file("conf/y.crontab"))
        #expect(w.changes(c), "crontab")
    }

    @Test func `a folder that may not be read for a while, or is a file for a while`() throws {
        let (conf, e) = (try TemporaryDirectory(), try TemporaryDirectory())
        try make(e.file("f"))
        let (w, c) = try watching(conf.file("wrapd.yaml"), e.file("f"))
        chmod(e.file("f"), 0o000); _ = w.changes(c)
        chmod(e.file("f"), 0o700)
        #expect(w.changes(c))
        try put(e.file("f/x.crontab"))
        #expect(w.changes(c))
        // The folder is a file at first, then a folder.
        rmdir(e.file("f")); unlink(e.file("f/x.crontab")); rmdir(e.file("f"))
        #expect(w.changes(c))
        try put(e.file("f"))
        #expect(w.changes(c))
        unlink(e.file("f"))
        #expect(w.changes(c))
        try make(e.file("f"))
        #expect(w.changes(c))
        try put(e.file("f/x.crontab"))
        #expect(w.changes(c))
    }
}
