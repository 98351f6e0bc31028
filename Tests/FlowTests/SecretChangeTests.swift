import Crypto
import Model
import Posix
import Store
import Synchronization
import TestKit
import Testing
import Triggers

struct SecretChangeTests {
    /// A secrets file may change while the endpoints stay as they are.
    @Test func anUnchangedEndpointGetsItsNewSecretWhenAllAreCompiledAnew() throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.file("sluice.db"))
        defer { store.close() }
        let settings = #"{"name":"hook","command":"cat","trigger":"webhook","webhook_source":"github","secret":"$HOOK"}"#
        _ = store.commit(
            .putEndpoint(PutEndpoint(origin: .file, name: "hook", settings: settings, overrides: "{}", mustBeNew: true, at: 1)))
        let secret = Mutex("first")
        let directory = EndpointDirectory(store: store, directory: folder.path) { _ in Array(secret.withLock { $0 }.utf8) }
        try directory.reload()
        #expect(try secretInForce(directory) == "first")

        secret.withLock { $0 = "second" }
        try directory.reload()
        #expect(try secretInForce(directory) == "first")
        try directory.reload(anew: true)
        #expect(try secretInForce(directory) == "second")
    }

    /// What was read before a change must not be published after what was read behind it.
    @Test func aSlowReloadDoesNotPutOldSettingsBack() throws {
        let folder = try TemporaryDirectory()
        let store = try Store(path: folder.file("sluice.db"))
        defer { store.close() }
        func put(_ command: String) {
            let settings = #"{"name":"hook","command":"\#(command)","trigger":"webhook","webhook_source":"github","secret":"$HOOK"}"#
            _ = store.commit(
                .putEndpoint(PutEndpoint(origin: .file, name: "hook", settings: settings, overrides: "{}", mustBeNew: false, at: 1)))
        }
        put("old")
        let isFirst = Mutex(true)
        let inside = Mailbox<Bool>()
        let released = Mailbox<Bool>()
        let directory = EndpointDirectory(store: store, directory: folder.path) { _ in
            let first = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            if first {
                inside.append(true)
                _ = released.takeOne()
            }
            return Array("secret".utf8)
        }
        let slow = try startThread(name: "slow") { try? directory.reload() }
        _ = inside.takeOne()
        put("new")
        let done = Mailbox<Bool>()
        let fast = try startThread(name: "fast") {
            try? directory.reload()
            done.append(true)
        }
        _ = done.takeAll(timeoutMicroseconds: 200_000)
        released.append(true)
        slow.join()
        fast.join()
        #expect(directory.endpoint("hook")?.settings.command == "new")
    }

    /// The one of the two secrets with which messages are taken.
    private func secretInForce(_ directory: EndpointDirectory) throws -> String? {
        let endpoint = try #require(directory.endpoint("hook"))
        return ["first", "second"].first { secret in
            Sent("{}", [("X-Hub-Signature-256", "sha256=\(HMACKey(secret).sign("{}").hex)")]).label(endpoint) == "accept"
        }
    }
}
