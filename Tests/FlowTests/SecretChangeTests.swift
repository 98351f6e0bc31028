import Crypto
import Model
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
        #expect(signature(directory) == HMACKey(Array("first".utf8)).sign("x").hex)

        secret.withLock { $0 = "second" }
        try directory.reload()
        #expect(signature(directory) == HMACKey(Array("first".utf8)).sign("x").hex)
        try directory.reload(anew: true)
        #expect(signature(directory) == HMACKey(Array("second".utf8)).sign("x").hex)
    }

    private func signature(_ directory: EndpointDirectory) -> String? { directory.endpoint("hook")?.keys.first?.sign("x").hex }
}
