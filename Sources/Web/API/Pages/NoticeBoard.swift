internal import Dashboard
internal import HTTP
internal import Posix
internal import Synchronization

/// What a form brought about, kept until the page that the browser is sent to says it, once.
///
/// A form is answered with a redirect, so that loading the page again repeats nothing. The words stay here, under the session's own key:
/// an address that carried them could be made up by anybody.
final class NoticeBoard: Sendable {
    private struct Kept {
        var notice: Notice
        var at: Int64
    }

    static let shared = NoticeBoard()
    private let kept = Mutex<[String: Kept]>([:])
    private static let limit = 1000
    /// A notice that nobody came for is no news any more.
    private static let lifetime: Int64 = 60_000_000

    func put(_ notice: Notice, for session: SessionView, at now: Int64) {
        kept.withLock { kept in
            if kept.count >= Self.limit { kept = kept.filter { Self.isFresh($0.value, now) } }
            if kept.count >= Self.limit { kept = [:] }
            kept[session.csrf] = Kept(notice: notice, at: now)
        }
    }

    func take(for session: SessionView, at now: Int64) -> Notice? {
        kept.withLock { $0.removeValue(forKey: session.csrf) }.flatMap { Self.isFresh($0, now) ? $0.notice : nil }
    }

    private static func isFresh(_ kept: Kept, _ now: Int64) -> Bool { abs(now - kept.at) < lifetime }
}

extension Pages {
    /// To `path`, which says `notice`.
    static func redirect(_ path: String, saying notice: Notice, to session: SessionView, _ services: Services) -> Response {
        NoticeBoard.shared.put(notice, for: session, at: services.clock.wall())
        return redirect(path)
    }

    static func takeNotice(_ session: SessionView, _ services: Services) -> Notice? {
        NoticeBoard.shared.take(for: session, at: services.clock.wall())
    }
}
