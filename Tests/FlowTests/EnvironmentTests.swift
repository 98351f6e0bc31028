import Crypto
import Model
import Runs
import TestKit
import Testing

@Suite struct EnvironmentTests {
    private func call(
        environment: [NamedValue] = [], arguments: [NamedValue] = [], origin: CallOrigin = CallOrigin(source: .api, requestedBy: "ci")
    ) -> FrozenCall {
        let spec = CallSpec(
            endpoint: "e", revision: 1, command: "true", argv: ["true"], arguments: [], argumentEnvironment: arguments,
            environment: environment, workingDirectory: "/", timeoutSeconds: 1, scripts: [])
        return FrozenCall(
            id: 1, endpointID: 1, endpoint: "e", spec: spec, specHash: sha256(spec.json), origin: origin, stdin: [], digest: "",
            requestedAt: 0, wasGated: false)
    }

    private func lines(_ inherited: [String: String], _ call: FrozenCall, secrets: [String: String] = [:]) throws -> [String] {
        try CommandEnvironment(environment: inherited) { secrets[$0].map { Array($0.utf8) } }.lines(for: call, runID: "run-1").get()
    }

    @Test func `of Sluice's own environment a command gets the few variables that are harmless`() throws {
        let passed = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "LC_ALL", "LC_TIME"]
        let kept = [
            "SLUICE_ADMIN_TOKEN", "SLUICE_ARG_BRANCH", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "BASH_ENV", "ENV", "IFS", "PATHX", "path",
            "SSH_AUTH_SOCK", "XLC_ALL", "",
        ]
        let inherited = Dictionary(uniqueKeysWithValues: (passed + kept).map { ($0, "v") })
        let names = try lines(inherited, call()).map { String($0.prefix { $0 != "=" }) }
        #expect(Set(names) == Set(passed + ["SLUICE_ENDPOINT", "SLUICE_RUN_ID", "SLUICE_SOURCE", "SLUICE_REQUESTED_BY"]))
    }

    @Test func `the facts of the call are told`() throws {
        let origin = CallOrigin(source: .webhook, requestedBy: "github webhook", event: "push", deliveryID: "d1")
        let got = try lines([:], call(origin: origin))
        for line in [
            "SLUICE_ENDPOINT=e", "SLUICE_RUN_ID=run-1", "SLUICE_SOURCE=webhook", "SLUICE_REQUESTED_BY=github webhook", "SLUICE_EVENT=push",
            "SLUICE_DELIVERY_ID=d1",
        ] { #expect(got.contains(line)) }
        var approved = call(origin: origin)
        approved.approvedBy = "admin token"
        #expect(try lines([:], approved).contains("SLUICE_APPROVED_BY=admin token") && !got.contains { $0.hasPrefix("SLUICE_APPROVED_BY") })
        #expect(try !lines([:], call()).contains { $0.hasPrefix("SLUICE_EVENT") || $0.hasPrefix("SLUICE_DELIVERY_ID") })
    }

    @Test func `there is always a PATH`() throws {
        #expect(try lines([:], call()).contains { $0.hasPrefix("PATH=/") })
        #expect(try lines(["PATH": "/own"], call()).filter { $0.hasPrefix("PATH=") } == ["PATH=/own"])
    }

    @Test func `an argument comes from its call alone`() throws {
        #expect(try !lines(["SLUICE_ARG_A": "inherited"], call()).contains { $0.hasPrefix("SLUICE_ARG_") })
        let got = try lines(["SLUICE_ARG_A": "inherited"], call(arguments: [NamedValue("SLUICE_ARG_A", "sent")]))
        #expect(got.filter { $0.hasPrefix("SLUICE_ARG_") } == ["SLUICE_ARG_A=sent"])
    }

    @Test func `each variable stands there once, the endpoint's over the inherited, the call's facts over all`() throws {
        let own = [NamedValue("PATH", "/own/bin"), NamedValue("TZ", "UTC"), NamedValue("SLUICE_RUN_ID", "forged"), NamedValue("E", "a=b=c")]
        let got = try lines(["PATH": "/usr/bin", "TZ": "Europe/Paris", "HOME": "/h"], call(environment: own))
        #expect(Set(got).isSuperset(of: ["PATH=/own/bin", "TZ=UTC", "HOME=/h", "SLUICE_RUN_ID=run-1", "E=a=b=c"]))
        let names = got.map { $0.prefix { $0 != "=" } }
        #expect(Set(names).count == names.count)
    }

    @Test func `a reference is looked up when the command starts, and one that is not set is named`() throws {
        let call = call(environment: [NamedValue("TOKEN", "$DEPLOY_TOKEN"), NamedValue("PLAIN", "a$b")])
        let got = try lines([:], call, secrets: ["$DEPLOY_TOKEN": "s3cret"])
        #expect(got.contains("TOKEN=s3cret") && got.contains("PLAIN=a$b"))
        let error = #expect(throws: MissingSecret.self) { try lines(["DEPLOY_TOKEN": "inherited"], call) }
        #expect(error?.reference == "$DEPLOY_TOKEN")
    }
}
