import Crypto
import Model
import Store
import TestKit
import Testing
import Triggers

@Suite struct FreezingTests {
    private let two = [Argument(name: "branch", isRequired: true), Argument(name: "force", defaultValue: "no")]

    @Test func `values become words of their own, whatever is in them`() throws {
        let endpoint = try compiled("deploy ${branch} --force=${force}") { [two] in $0.arguments = two }
        let spec = try endpoint.frozen(#"{"branch": "a b; rm -rf / $(id) \u0001"}"#).spec
        #expect(spec.argv == ["deploy", "a b; rm -rf / $(id) \u{1}", "--force=no"])
        #expect(spec.arguments == [NamedValue("branch", "a b; rm -rf / $(id) \u{1}"), NamedValue("force", "no")])
        #expect(spec.argumentEnvironment.isEmpty && spec.command == "deploy ${branch} --force=${force}")
    }

    @Test func `in a shell command values travel in variables, never in the text`() throws {
        let endpoint = try compiled("echo ${branch} | cat") { [two] in $0.arguments = two }
        let spec = try endpoint.frozen(#"{"branch": "$(id)"}"#).spec
        #expect(spec.argv.prefix(2) == ["/bin/sh", "-c"])
        #expect(!spec.argv[2].contains("$(id)"))
        #expect(spec.argumentEnvironment.contains(NamedValue("SLUICE_ARG_BRANCH", "$(id)")))
    }

    @Test func `a default stands in where nothing was sent, and null counts as nothing`() throws {
        let endpoint = try compiled("x ${force}") { $0.arguments = [Argument(name: "force", defaultValue: "no")] }
        #expect(try endpoint.frozen("").spec.argv == ["x", "no"])
        #expect(try endpoint.frozen(#"{"force": null}"#).spec.argv == ["x", "no"])
        #expect(try endpoint.frozen(#"{"force": ""}"#).spec.argv == ["x", ""], "an empty value is a value")
        #expect(try endpoint.frozen(#"{"force": "yes"}"#).spec.argv == ["x", "yes"])
    }

    @Test func `required arguments that are missing are named, all of them`() throws {
        let endpoint = try compiled("x ${a} ${b}") {
            $0.arguments = [Argument(name: "a", isRequired: true), Argument(name: "b", isRequired: true)]
        }
        let refusal = #expect(throws: Refusal.self) { try endpoint.frozen("{}") }
        #expect(refusal?.status == 422 && refusal?.code == "missing_argument")
        #expect(refusal?.fields.map(\.name) == ["a", "b"])
        #expect(#expect(throws: Refusal.self) { try endpoint.frozen(#"{"a": 1}"#) }?.fields.map(\.name) == ["b"])
    }

    @Test(arguments: [
        ("5", "5"), ("-7", "-7"), ("1.5", "1.5"), ("true", "true"), ("false", "false"), (#""5""#, "5"), (#""grüße""#, "grüße"),
        ("9007199254740993", "9007199254740993"),
    ])
    func `numbers and booleans are passed as text`(_ json: String, _ word: String) throws {
        let endpoint = try compiled("x ${a}") { $0.arguments = [Argument(name: "a")] }
        #expect(try endpoint.frozen("{\"a\": \(json)}").spec.argv == ["x", word])
    }

    @Test(arguments: [#"["x"]"#, #"{"b": 1}"#]) func `a list or an object is no argument`(_ json: String) throws {
        let endpoint = try compiled("x ${a}") { $0.arguments = [Argument(name: "a")] }
        let refusal = #expect(throws: Refusal.self) { try endpoint.frozen("{\"a\": \(json)}") }
        #expect(refusal?.status == 422 && refusal?.fields.map(\.name) == ["a"])
    }

    @Test func `unknown names are ignored, in the body and the query`() throws {
        let endpoint = try compiled("x ${a}") { $0.arguments = [Argument(name: "a")] }
        let call = try endpoint.frozen(#"{"a": 1, "zz": ["whatever"]}"#, query: [("yy", "2")])
        #expect(call.spec.argv == ["x", "1"] && call.spec.arguments == [NamedValue("a", "1")])
    }

    @Test func `the query gives values too, and the body wins`() throws {
        let endpoint = try compiled("x ${a}") { $0.arguments = [Argument(name: "a")] }
        #expect(try endpoint.frozen("", query: [("a", "q")]).spec.argv == ["x", "q"])
        #expect(try endpoint.frozen(#"{"a": "b"}"#, query: [("a", "q")]).spec.argv == ["x", "b"])
    }

    @Test(arguments: ["[1]", "3", "\"text\"", "null", "{", "{\"a\":1,}", "nonsense"])
    func `a body that is no JSON object is refused with 400`(_ body: String) throws {
        let endpoint = try compiled("x ${a}") { $0.arguments = [Argument(name: "a")] }
        #expect(#expect(throws: Refusal.self) { try endpoint.frozen(body) }?.status == 400)
    }

    @Test func `the body as received is the command's standard input`() throws {
        let body = "{ \"a\" : 1 }\n"
        #expect(try compiled("cat").frozen(body).call.stdin == Array(body.utf8))
    }

    // MARK: Paths

    @Test(arguments: [
        ("./deploy.sh now", "/srv/config/deploy.sh"), ("scripts/deploy.sh", "/srv/config/scripts/deploy.sh"),
        ("/opt/bin/x", "/opt/bin/x"), ("make all", "make"),
    ])
    func `a relative program counts from the configuration's folder, a bare name from PATH`(_ command: String, _ program: String) throws {
        let endpoint = try compiled(command) { $0.workingDirectory = "work" }
        #expect(try endpoint.frozen().spec.argv[0] == program)
    }

    @Test(arguments: [(nil, "/srv/config"), ("work", "/srv/config/work"), ("./a/./b", "/srv/config/a/b"), ("/var/x", "/var/x")])
    func `a working directory counts from the configuration's folder`(_ setting: String?, _ directory: String) throws {
        let endpoint = try compiled("make") { $0.workingDirectory = setting }
        #expect(try endpoint.frozen().spec.workingDirectory == directory)
        #expect(endpoint.workingDirectory == directory)
    }

    @Test func `the spec carries revision, timeout and variables as written, no secret's value`() throws {
        let endpoint = try compiled("make", revision: 9, secrets: ["$TOKEN": "s3cret"]) {
            $0.timeoutSeconds = 5
            $0.environment = ["B": "$TOKEN", "A": "plain"]
        }
        let spec = try endpoint.frozen().spec
        #expect(spec.revision == 9 && spec.timeoutSeconds == 5)
        #expect(spec.environment == [NamedValue("A", "plain"), NamedValue("B", "$TOKEN")])
    }

    @Test func `a callback is taken from the caller only where that is allowed, and must be http`() throws {
        let endpoint = try compiled("make") { $0.callbackURL = "https://own.example/" }
        let body = #"{"callback_url": "https://caller.example/x"}"#
        #expect(try endpoint.frozen(body).call.callbackURL == "https://own.example/")
        #expect(try endpoint.frozen(body, mayNameCallback: true).call.callbackURL == "https://caller.example/x")
        #expect(throws: Refusal.self) { try endpoint.frozen(#"{"callback_url": "file:///etc/passwd"}"#, mayNameCallback: true) }
    }

    // MARK: Settings that cannot work

    @Test func `settings that cannot work are refused with 422`() {
        #expect(throws: Refusal.self) { try compiled("echo 'open") }
        #expect(throws: Refusal.self) { try compiled("true") { $0.ownSchedule.expression = "not a schedule" } }
        #expect(throws: Refusal.self) {
            try compiled("true") {
                $0.ownSchedule.expression = "@daily"
                $0.ownSchedule.timezone = "Mars/Olympus"
            }
        }
        let refusal = #expect(throws: Refusal.self) { try compiled("true") { $0.secret = "$NOT_SET" } }
        #expect(refusal?.code == "secret_not_set" && refusal?.status == 422)
    }

    @Test func `a fire of a schedule names its planned instant and is one call whatever happens`() throws {
        let endpoint = try compiled("x ${a}") {
            $0.arguments = [Argument(name: "a", defaultValue: "d")]
            $0.ownSchedule.arguments = ["a": "nightly"]
            $0.ownSchedule.expression = "0 2 * * *"
        }
        let source = EndpointSchedules([endpoint], further: [], report: { _ in })
        let fire = try source.freeze(0, time: try instant("2026-01-01T02:00:00Z"), by: nil, gate: .run, at: start)
        #expect(fire.idempotencyKey == "schedule@2026-01-01T02:00:00Z" && fire.origin.event == "2026-01-01T02:00:00Z")
        let planned = try instant("2026-01-01T02:00:00Z")
        #expect(fire.fireTime == planned && fire.origin.source == .schedule && fire.stdin.isEmpty)
        #expect(CallSpec(json: String(decoding: fire.spec.json, as: UTF8.self))?.argv == ["x", "nightly"])
    }

    @Test(arguments: ["schedule@2026-01-01T02:00:00Z", "key:x", "x"])
    func `a caller's key can never be a fire's`(_ text: String) throws {
        let endpoint = try compiled("true")
        let call = try [UInt8]().withUnsafeBytes {
            try endpoint.freezeCall(
                body: $0, query: [], requestedBy: "ci", idempotencyKey: text, mayNameCallback: false, gate: .run, at: start)
        }
        #expect(call.idempotencyKey == "key:\(text)")
    }
}
