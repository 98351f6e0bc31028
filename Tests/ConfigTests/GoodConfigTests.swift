import Config
import Model
import Posix
import Testing

@Suite("Good configurations")
struct GoodConfigTests {
    /// Loads a copy with a secrets file beside it: a checkout makes files that everyone can read, which a secrets file must not be.
    private func loadGood(_ name: String) throws -> LoadedConfig {
        try withFolder { folder in
            try Files.writeAtomically("\(folder)/wrapd.yaml", try Files.read("\(configs)/good/\(name)", limit: 1 << 20))
            try Files.writeAtomically("\(folder)/everything.env", Array("HOOK=from the file\n".utf8))
            return loadConfig(path: "\(folder)/wrapd.yaml", environment: testEnvironment)
        }
    }

    private func file(_ name: String) throws -> ConfigFile {
        let loaded = try loadGood(name)
        #expect(!loaded.hasErrors, "\(listing(loaded.diagnostics))")
        return try #require(loaded.file)
    }

    @Test("every one is taken", arguments: fixtures("good"))
    func taken(_ name: String) throws { _ = try file(name) }

    @Test("the smallest file gives the documented defaults, and nothing to say")
    func defaults() throws {
        let loaded = loadConfig(path: "\(configs)/good/minimal.yaml", environment: testEnvironment)
        #expect(listing(loaded.diagnostics) == "")
        let file = try #require(loaded.file)
        #expect(file.directory.hasSuffix("/fixtures/configs/good") && file.directory.hasPrefix("/"))
        #expect(file.version == 1 && file.account == "user" && file.agentName == "default" && file.agentVersion == nil)
        #expect(file.publicURL == nil && file.listen.isEmpty && file.dataDirectory == nil && file.secretsFile == nil)
        #expect(file.maxConcurrentRuns == 16 && file.retentionDays == 90 && file.eventLoops == nil)
        var expected = EndpointSettings()
        expected.name = "disk-usage"
        expected.method = "GET"
        expected.command = "df -h"
        #expect(file.endpoints.map(\.settings) == [expected])
        #expect(file.endpoints[0].position.line == 3 && file.endpoints[0].position.column == 5)
    }

    @Test("the documented examples mean what they say")
    func documented() throws {
        let endpoints = try file("documented.yaml").endpoints.map(\.settings)
        #expect(endpoints.map(\.name) == ["hello", "data-usage", "install", "resize", "deploy", "backup"])
        #expect(endpoints[1].command == "du -sh /data/*" && endpoints[1].method == "GET" && endpoints[1].timeoutSeconds == 120)
        #expect(endpoints[2].arguments == [Argument(name: "package", isRequired: true, description: "The Debian package")])
        #expect(endpoints[3].arguments.map(\.defaultValue) == ["800", "1.10"])
        #expect(endpoints[3].transformer == .json)
        #expect(endpoints[4].trigger == .webhook && endpoints[4].webhookSource == .github && !endpoints[4].isAsync)
        #expect(endpoints[4].webhookEvents == ["push", "pull_request"] && endpoints[4].secret == "$HOOK_SECRET" && endpoints[4].isPublic)
        #expect(endpoints[4].approvalRequired && endpoints[4].approvalTimeoutMinutes == 60)
        #expect(endpoints[5].ownSchedule.expression == "*/5 2 * * mon-fri" && endpoints[5].ownSchedule.timezone == "Europe/Berlin" && endpoints[5].isSensitive)
    }

    @Test("every field of an endpoint is read into its property")
    func everyEndpointField() throws {
        let endpoints = try file("everything.yaml").endpoints.map(\.settings)
        let settings = try #require(endpoints.first)
        var expected = EndpointSettings()
        expected.name = "first"
        expected.command = "echo ${who}"
        expected.description = "Two lines in one"
        expected.arguments = [
            Argument(name: "who", isRequired: true, defaultValue: "you", description: "Whom to greet"), Argument(name: "rest", payloadPath: "customer.name"),
        ]
        expected.timeoutSeconds = 3600
        expected.workingDirectory = "/tmp"
        expected.isPublic = true
        expected.trigger = .webhook
        expected.isAsync = false
        expected.secret = "$sluice:HOOK"
        expected.webhookSource = .stripe
        expected.webhookEvents = ["invoice.paid", "customer.*"]
        expected.webhook.secrets = ["$HOOK_SECRET", "$sluice:HOOK"]
        expected.webhook.tolerance = 120
        expected.allowUnsigned = true
        expected.ownSchedule.expression = "0 9 * * 1"
        expected.ownSchedule.timezone = "America/New_York"
        expected.ownSchedule.arguments = ["rest": "010"]
        expected.ownSchedule.policy.isPaused = true
        expected.ownSchedule.policy.catchUp = .all
        expected.ownSchedule.policy.catchUpWindow = 7200
        expected.ownSchedule.policy.catchUpLimit = 7
        expected.ownSchedule.policy.overlap = .queueOne
        expected.ownSchedule.policy.pending = .latest
        expected.ownSchedule.policy.jitter = 90
        expected.ownSchedule.policy.startAt = "2026-01-01T00:00:00Z"
        expected.ownSchedule.policy.endAt = "2027-01-01T00:00:00+01:00"
        expected.ownSchedule.policy.pauseAfterFailures = 3
        expected.ownSchedule.policy.blackouts = ["2026-12-24..2026-12-26", "* 9-17 * * MON-FRI"]
        expected.ownSchedule.policy.blackoutAction = .ask
        var often = ScheduleSettings()
        often.name = "often"
        often.every = 90
        often.arguments = ["who": "all", "rest": "007"]
        often.policy.overlap = .skip
        expected.furtherSchedules = [often]
        expected.transformer = .lines
        expected.approvalRequired = true
        expected.approvalCondition = "$args.who != \"you\""
        expected.approvalTimeoutMinutes = 1440
        expected.maxPending = 5
        expected.callbackURL = "https://example.org/outcome"
        expected.isPrivileged = true
        expected.isSensitive = true
        expected.notifyURL = "https://example.org/told"
        expected.notifyOn = .failure
        expected.artifacts = ["out/*.txt", "report.pdf"]
        expected.artifactsLocal = true
        expected.agentName = "other"
        expected.environment = ["MODE": "fast", "LEVEL": "1.50", "TOKEN": "$HOOK_SECRET", "PRICE": "$$5"]
        expected.maxConcurrent = 4
        expected.retryInterrupted = true
        expected.waitSeconds = 20
        expected.maxBody = 65536
        expected.rateLimit = "60/min burst 10"
        expected.allowFrom = ["192.30.252.0/22", "2a0a:a440::/29", "203.0.113.7"]
        #expect(settings == expected)
        var signed = WebhookSettings()
        signed.signatureHeader = "X-Signature"
        signed.signaturePrefix = "v1="
        signed.signatureEncoding = .base64
        signed.signatureAlgorithm = .sha512
        signed.idHeader = "X-Id"
        signed.eventHeader = "X-Event"
        #expect(endpoints.last?.webhook == signed)
        // The method must be POST here, and `every` and `when` exclude `schedule`; all others differ from their defaults, so none can have been missed.
        let same = EndpointField.all.filter { field in endpoints.allSatisfy { field.read($0) == field.read(EndpointSettings()) } }.map(\.name)
        #expect(same == ["method", "when", "every"])
    }

    @Test("every field at the top is read into its property")
    func everyTopField() throws {
        let file = try file("everything.yaml")
        #expect(file.agentVersion == "0.0.1" && file.agentName == "left" && file.account == "team")
        #expect(file.publicURL == "https://sluice.example.org" && file.listen == ["127.0.0.1:0"])
        #expect(file.dataDirectory == file.directory + "/state" && file.secretsFile == file.directory + "/everything.env")
        #expect(file.maxConcurrentRuns == 3 && file.retentionDays == 7 && file.eventLoops == 2)
        #expect(file.retentionSize == 5 << 29)
    }

    @Test("fields without effect are read with a warning each, and nothing else is told")
    func warnings() throws {
        let loaded = try loadGood("everything.yaml")
        let without = ["agent_name", "artifacts", "artifacts_local", "privileged"]
        let told = loaded.diagnostics.map(\.message).filter { $0.hasSuffix("has no effect in this version") }
        #expect(told.sorted() == without.map { "'\($0)' is read but has no effect in this version" })
    }

    @Test("the environment names the agent before the file does")
    func agentName() {
        let text = "version: 1\nagent_name: left\nendpoints: [{name: a, command: echo}]\n"
        let loaded = readConfig(Array(text.utf8), path: "x", directory: "/") { $0 == "WRAPD_AGENT_NAME" ? "right" : nil }
        #expect(loaded.file?.agentName == "right")
    }

    @Test(
        "a size is a number with a unit",
        arguments: [
            ("16777216", 1 << 24), ("16MiB", 1 << 24), ("16 MiB", 1 << 24), ("2GiB", 2 << 30), ("1.5TiB", 3 << 39), ("20MB", 20_000_000),
            ("100000kB", 100_000_000), ("0.25GiB", 1 << 28),
        ] as [(String, Int64)])
    func size(_ text: String, _ bytes: Int64) {
        #expect(load("version: 1\nretention_size: \(text)\nendpoints: [{name: a, command: echo}]\n").file?.retentionSize == bytes)
    }

    @Test(
        "what is no size, or too small a one, is refused",
        arguments: ["15MiB", "0", "-1GiB", "2", "GiB", "2gib", "2GiBs", "1.GiB", ".5GiB", "1.2.3GiB", "1e9", "9999999999TiB", "[]", "true"])
    func noSize(_ text: String) {
        let loaded = load("version: 1\nretention_size: \(text)\nendpoints: [{name: a, command: echo}]\n")
        #expect(loaded.diagnostics.contains { $0.message.contains("expected a size of 16MiB or more") }, "\(text)")
    }

    @Test("listen takes what --listen takes", arguments: ["127.0.0.1:8080", "[::1]:0", ":80", "8080", "localhost:1", "unix:/run/a.sock"])
    func listen(_ text: String) {
        #expect(load("version: 1\nlisten: '\(text)'\nendpoints: [{name: a, command: echo}]\n").file?.listen == [text])
    }
}
