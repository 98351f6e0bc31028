import Foundation
import Glibc
import TestKit

/// A wall clock that the test sets under a running server (FakeClock/clock.c says how). It runs on with the machine's in between.
final class FakeClock {
    private let home: TemporaryDirectory
    private let page: Int32
    private var offset: Int64 = 0

    /// - Parameter instant: what it shows, in seconds since 1970.
    init(at instant: Int64) throws {
        home = try TemporaryDirectory()
        try compileLibrary("FakeClock", ["clock.c"], to: home.file("clock.so"))
        page = open(home.file("clock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard page >= 0, ftruncate(page, 16) == 0 else { throw TestFailure("no file for the clock: errno \(errno)") }
        try set(to: instant)
    }

    deinit { close(page) }

    /// For the server.
    var environment: [String: String] { ["LD_PRELOAD": home.file("clock.so"), "SLUICE_CLOCK": home.file("clock")] }

    /// Seconds since 1970.
    var now: Int64 { (Self.real + offset) / 1_000_000 }

    func set(to instant: Int64) throws {
        offset = instant * 1_000_000 - Self.real
        guard withUnsafeBytes(of: &offset, { pwrite(page, $0.baseAddress, 8, 0) }) == 8 else {
            throw TestFailure("the clock cannot be set: errno \(errno)")
        }
    }

    /// Whether all who wait for a time have looked at the clock since it was set.
    var isFollowed: Bool {
        var followed: Int64 = 0
        return withUnsafeMutableBytes(of: &followed) { pread(page, $0.baseAddress, 8, 8) } == 8 && followed == offset
    }

    private static var real: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
