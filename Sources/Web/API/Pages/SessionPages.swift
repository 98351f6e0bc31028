internal import Bytes
internal import Crypto
internal import Dashboard
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Synchronization

/// Signing in: with the admin token, or by a one-time link. A session is a cookie with 256 random bits, of which the hash is stored.
struct SessionPages: Sendable {
    let services: Services
    private let guesses = GuessLimit()

    init(services: Services) { self.services = services }

    private static let cookie = "sluice_session"
    private static let sessionSeconds: Int64 = 7 * 86_400
    /// How long a login link lives: 15 minutes.
    private static let loginMicroseconds: Int64 = 900_000_000

    /// Who is signed in by this request's cookie.
    func current(_ request: OwnedRequest) throws -> SessionView? {
        guard let token = request.cookie(Self.cookie), token.utf8.count <= 100,
            try services.store.hasSession(sha256(token), at: services.clock.wall())
        else { return nil }
        return SessionView(name: "admin", csrf: base64Encode(sha256("sluice form 1 \(token)").array, alphabet: .url, padded: false))
    }

    @Sendable func form(_ request: OwnedRequest) throws -> Response {
        if try current(request) != nil { return Pages.redirect("/dashboard/approvals") }
        return Pages.page(200, loginPage(error: nil))
    }

    @Sendable func signIn(_ request: OwnedRequest) throws -> Response {
        let now = services.clock.wall()
        guard let token = request.form()?.first(where: { $0.name == "token" })?.value, services.access.isAdminToken(Array(token.utf8)) else {
            guard guesses.mayFail(request.peer, at: now) else {
                throw Problem(429, "too_many_attempts", "Too many wrong tokens. Wait a minute.", headers: [("Retry-After", "60")])
            }
            return Pages.page(401, loginPage(error: "This token is not valid."))
        }
        let session = try Access.makeToken()
        let expiry = now + Self.sessionSeconds * 1_000_000
        guard case .done = services.store.commit(.createSession(hash: session.hash, expiresAt: expiry)) else { throw unavailable }
        return signedIn(session.plain)
    }

    /// A GET only shows the button: programs that preview links must not use the link up.
    @Sendable func confirm(_ request: OwnedRequest) throws -> Response { Pages.page(200, loginConfirmPage(request.segments[1])) }

    @Sendable func redeem(_ request: OwnedRequest) throws -> Response {
        let now = services.clock.wall()
        let session = try Access.makeToken()
        let outcome = services.store.commit(
            .redeemLogin(
                login: sha256(request.segments[1]), session: session.hash, at: now,
                sessionExpiresAt: now + Self.sessionSeconds * 1_000_000))
        switch outcome {
        case .done: return signedIn(session.plain)
        case .notFound: return Pages.page(410, loginPage(error: "This login link was used already, or its 15 minutes are over."))
        default: throw unavailable
        }
    }

    @Sendable func signOut(_ request: OwnedRequest) throws -> Response {
        guard let session = try current(request) else { return Pages.redirect("/login") }
        guard request.form()?.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again.")
        }
        if let token = request.cookie(Self.cookie) { _ = services.store.commit(.deleteSession(hash: sha256(token))) }
        return Pages.redirect("/login", headers: [("Set-Cookie", "\(Self.cookie)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")])
    }

    /// `POST /logins`: a one-time link for somebody's browser.
    @Sendable func createLogin(_ request: OwnedRequest) throws -> Response {
        let (url, expires) = try makeLogin(services)
        return .json(201, ["url": .string(url), "expires_at": .instant(expires)])
    }

    private func signedIn(_ token: String) -> Response {
        let secure = services.baseURL.hasPrefix("https://") ? "; Secure" : ""
        return Pages.redirect(
            "/dashboard/approvals",
            headers: [("Set-Cookie", "\(Self.cookie)=\(token); Path=/; Max-Age=\(Self.sessionSeconds); HttpOnly; SameSite=Strict\(secure)")])
    }

    private var unavailable: Problem {
        Problem(503, "store_unavailable", "The session could not be stored (the disk may be full). Try again.")
    }

    fileprivate static func newLogin(_ services: Services) throws -> (url: String, expires: Int64) {
        let token = try Access.makeToken()
        let expires = services.clock.wall() + loginMicroseconds
        guard case .done = services.store.commit(.createLogin(hash: token.hash, expiresAt: expires)) else {
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        return ("\(services.baseURL)/login/\(token.plain)", expires)
    }
}

/// A one-time login link, valid for 15 minutes, and when it ends.
package func makeLogin(_ services: Services) throws -> (url: String, expires: Int64) { try SessionPages.newLogin(services) }

/// Ten wrong tokens a minute from one address, then it has to wait. Only wrong ones: behind a proxy all people have one address.
final class GuessLimit: Sendable {
    private struct State {
        var failures: [String: Int] = [:]
        var since: Int64 = 0
    }

    private let state = Mutex(State())
    private static let allowed = 10
    private static let window: Int64 = 60_000_000
    private static let addresses = 10_000

    /// Counts a wrong token; false when this address had too many in this minute.
    func mayFail(_ peer: String, at now: Int64) -> Bool {
        state.withLock { state in
            // All start anew together, so that a flood from many addresses costs nothing to forget.
            if now - state.since >= Self.window || now < state.since {
                state.failures = [:]
                state.since = now
            }
            // Addresses beyond those that there is room for share one count.
            let name = state.failures[peer] != nil || state.failures.count < Self.addresses ? peer : ""
            let count = state.failures[name, default: 0] + 1
            state.failures[name] = count
            return count <= Self.allowed
        }
    }
}
