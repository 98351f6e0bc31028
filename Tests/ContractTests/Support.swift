import Bytes
import Crypto
import Foundation
import JSON
import SQLite
import Synchronization
import TestKit
import Testing

let githubSecret = "It's a Secret to Everybody"

/// Commands that leave a trace: `record.sh` keeps each standard input and one line a run.
let recordScript = ["record.sh": "#!/bin/sh\ncat > {dir}/stdin\necho \"$SLUICE_SOURCE\" >> {dir}/runs\necho recorded\n"]

/// One gated GitHub webhook and one gated call, both recorded.
let gatedConfig = """
    version: 1
    public_url: https://sluice.example
    endpoints:
      - name: deploy
        command: ./record.sh
        trigger: webhook
        webhook_source: github
        webhook_events: [push]
        secret: $HOOK_SECRET
        public: true
        approval_required: true
        approval_timeout_mins: 60
      - name: other
        command: ./record.sh
        trigger: webhook
        webhook_source: github
        secret: $HOOK_SECRET
        public: true
        approval_required: true
      - name: job
        command: ./record.sh
        public: true
        approval_required: true
    """

func gatedServer() throws -> SluiceProcess {
    try SluiceProcess(config: gatedConfig, files: recordScript, environment: ["HOOK_SECRET": githubSecret])
}

extension TestResponse {
    var json: JSONValue { (try? parseJSON(body)) ?? .null }
    func member(_ name: String) -> String? { json[name]?.string }
}

extension SluiceProcess {
    /// What GitHub would send.
    func deliver(
        _ endpoint: String = "deploy", _ body: String = #"{"ref":"refs/heads/main"}"#, id: String, event: String = "push",
        signature: String? = nil, type: String = "application/json"
    ) throws -> TestResponse {
        let bytes = Array(body.utf8)
        let headers = [
            ("Content-Type", type), ("X-GitHub-Event", event), ("X-GitHub-Delivery", id),
            ("X-Hub-Signature-256", signature ?? "sha256=\(HMACKey(githubSecret).sign(bytes).hex)"),
        ]
        return try request("POST", "/v1/user/\(endpoint)", headers: headers, body: bytes)
    }

    /// A call that wants its answer as one JSON object.
    func call(_ endpoint: String, _ body: String = "{}", headers: [(String, String)] = []) throws -> TestResponse {
        try request("POST", "/v1/user/\(endpoint)", headers: [("Accept", "application/json")] + headers, body: Array(body.utf8))
    }

    /// Makes a gated call and returns its approval.
    func ask(_ endpoint: String = "job", _ body: String = "{}", headers: [(String, String)] = []) throws -> Pending {
        try Pending(try call(endpoint, body, headers: headers))
    }

    func approval(_ id: String) throws -> JSONValue { try admin("GET", "/approvals/\(id)").json }
    func run(_ id: String) throws -> JSONValue { try admin("GET", "/runs/\(id)").json }

    /// Posts the form of a link page.
    func post(_ path: String, _ form: String, headers: [(String, String)] = []) throws -> TestResponse {
        try request(
            "POST", path, headers: [("Content-Type", "application/x-www-form-urlencoded")] + headers, body: Array(form.utf8))
    }

    /// Waits until the run that an approval led to has ended.
    func endedRun(ofApproval id: String) throws -> JSONValue {
        let run = try #require(try approval(id)["run_id"]?.string)
        return try endedRun(run)
    }

    func endedRun(_ id: String) throws -> JSONValue {
        var last = JSONValue.null
        let ended = try waited {
            last = try run(id)
            return !["queued", "running"].contains(last["status"]?.string ?? "queued")
        }
        #expect(ended, "the run is still \(last["status"]?.string ?? "unknown")")
        return last
    }

    /// The lines of a file beside the configuration.
    func lines(_ name: String) -> [String] { fileText(file(name)).split(separator: "\n").map(String.init) }

    func count(_ path: String) throws -> Int { try admin("GET", path).json["items"]?.array?.count ?? -1 }

    func makeKey(_ label: String = "ci") throws -> (id: String, key: String) {
        let made = try admin("POST", "/api-keys", #"{"label":"\#(label)"}"#)
        #expect(made.status == 201)
        return (try #require(made.member("id")), try #require(made.member("key")))
    }
}

/// The 202 of a gated request.
struct Pending: Sendable {
    let id: String
    let url: String
    /// `/approve/{token}`, which the server answers at its own address too.
    let path: String

    init(_ response: TestResponse) throws {
        try #require(response.status == 202, "\(response.status) \(response.text)")
        id = try #require(response.member("approval_id"))
        url = try #require(response.member("approve_url"))
        path = String(url[try #require(url.range(of: "/approve/")).lowerBound...])
    }

    var token: String { String(path.dropFirst("/approve/".count)) }
}

/// Waits on a state that takes a request to see.
func waited(seconds: Double = 10, _ condition: () throws -> Bool) throws -> Bool {
    var failure: (any Error)?
    let holds = waitUntil(seconds: seconds) {
        do {
            return try condition()
        } catch {
            failure = error
            return true
        }
    }
    if let failure { throw failure }
    return holds
}

/// An answer that is a problem as RFC 9457 has it, with the `error` text that older clients read.
func expectProblem(_ response: TestResponse, _ status: Int, _ code: String? = nil, _ location: SourceLocation = #_sourceLocation) {
    #expect(response.status == status, "\(response.text)", sourceLocation: location)
    #expect(response.header("content-type") == "application/problem+json", sourceLocation: location)
    #expect(response.json["status"]?.int == status, sourceLocation: location)
    #expect(response.member("error")?.isEmpty == false, sourceLocation: location)
    #expect(response.member("code")?.isEmpty == false, sourceLocation: location)
    if let code { #expect(response.member("code") == code, sourceLocation: location) }
}

/// Runs `body` in that many threads at once and waits for all.
func concurrently<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Value) -> [Value] {
    let results = Results<Value>()
    let done = DispatchGroup()
    for index in 0..<count {
        done.enter()
        Thread {
            let value = body(index)
            results.values.withLock { $0.append(value) }
            done.leave()
        }.start()
    }
    done.wait()
    return results.values.withLock { $0 }
}

private final class Results<Value: Sendable>: Sendable {
    let values = Mutex<[Value]>([])
}

/// The first column of a query on the database file, as an operator's shell would see it.
func column(_ server: SluiceProcess, _ sql: String) throws -> [String] {
    let connection = try Connection(path: server.database, mode: .readOnly)
    return try connection.prepare(sql).map { $0.optionalText(0) ?? "NULL" }
}
