@testable import CLI
import Foundation
import TestKit
import Testing

/// A crontab that is taken over does as endpoints what cron would have done.
@Suite struct ImportTests {
    private func check(_ text: String) throws -> (output: String, errors: String) {
        let folder = try TemporaryDirectory()
        // The secrets that an import of hooks asks for.
        let secrets = text.split(separator: "\n").filter { $0.hasPrefix("#   ") }.map { $0.dropFirst(4).replacingOccurrences(of: "...", with: "x\n") }
        try Data(secrets.joined().utf8).write(to: URL(fileURLWithPath: folder.file("secrets.env")))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file("secrets.env"))
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("wrapd.yaml")))
        let report = checkReport(path: folder.file("wrapd.yaml"), json: false)
        return (report.output, report.errors)
    }

    @Test func `what is imported passes the check`() throws {
        let crontab = #"""
            SHELL=/bin/bash
            PRICE=$5
            CRON_TZ=Europe/Berlin
            17 * * * * cd / && run-parts --report /etc/cron.hourly
            0 3 * * sun /usr/bin/backup.sh --to "${HOME}/x" 'it''s' 100\% | tee /tmp/log
            @daily cat > /tmp/o%line 1%it's 2
            0 4 * * * /usr/bin/backup.sh
            """#
        let imported = importCrontab(Array(crontab.utf8), gated: true, hasUserColumn: false, timezone: nil)
        let text = try #require(imported.text)
        let report = try check(text)
        #expect(report.output.contains("ok, 4 endpoints (4 gated, 4 scheduled)"), "\(report.errors)")
        #expect(text.contains("name: backup\n") && text.contains("name: backup-2\n"))
        #expect(text.contains(#""PRICE": "$$5""#))
    }

    /// The words of the imported command, given to a shell, must do what the line does.
    @Test func `a line's own quoting arrives at its shell`() throws {
        let crontab = #"* * * * * printf '\%s|' "a b" 'c"d' "$((1 + 1))" it\'s; cat%in'put"#
        let text = try #require(importCrontab(Array(crontab.utf8), gated: false, hasUserColumn: false, timezone: "UTC").text)
        let line = try #require(text.split(separator: "\n").first { $0.contains("command:") })
        let quoted = line.drop { $0 != "\"" }
        let command = try #require(try JSONSerialization.jsonObject(with: Data(quoted.utf8), options: .fragmentsAllowed) as? String)
        let shell = Process()
        let pipe = Pipe()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", command]
        shell.standardOutput = pipe
        try shell.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        #expect(String(decoding: output, as: UTF8.self) == "a b|c\"d|2|it's|in'put\n")
    }

    // MARK: Hooks of adnanh/webhook

    private func fixture(_ name: String) throws -> [UInt8] {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return Array(try Data(contentsOf: URL(fileURLWithPath: "\(root)/fixtures/hooks/\(name)")))
    }

    @Test func `hooks become endpoints that pass the check`() throws {
        let imported = importWebhook(try fixture("hooks.json"), gated: false)
        let text = try #require(imported.text)
        let report = try check(text)
        #expect(report.output.contains("ok, 3 endpoints (1 gated)"), "\(report.errors)\n\(text)")
        #expect(
            text.contains(
                #"""
                  - name: redeploy
                    command: "env HOOK_pusher.name=${pusher_name} /srv/app/redeploy.sh ${head_commit_id} --quiet 'two words' ${commits_0_id}"
                    working_dir: "/srv/app"
                    trigger: webhook
                    webhook_source: github
                    secret: $HOOK_REDEPLOY_SECRET
                    public: true
                    when: "(ref == \"refs/heads/main\") and ((created in [\"false\", false]) or (not (pusher.name matches \"^bot-\\d+$\")))"
                    async: false
                    args:
                      - name: pusher_name
                        from: "pusher.name"
                        default: ""

                """#), "\(text)")
        #expect(text.contains(#"      "DEPLOY_TOKEN": "$HOOK_REDEPLOY_DEPLOY_TOKEN""#) && text.contains(#"      "MODE": "$$5 fast""#))
        for secret in ["mysecret", "very-secret-token", "token-of-the-environment"] {
            #expect(!text.contains(secret) && !imported.diagnostics.contains { $0.message.contains(secret) })
        }
        let told = imported.diagnostics.map(\.message)
        #expect(told.contains("hook 'redeploy': response-message has no counterpart: answers are {\"status\":...}"))
        #expect(told.contains("hook 'Old Token': trigger-rule: a match of the type value on url 'token' has no counterpart; it asks for approval instead"))
        #expect(told.contains("hook 'Old Token': argument 2, header 'X-Request-Id', has no counterpart; an empty word keeps its place"))
        #expect(told.last == "secrets.env needs HOOK_REDEPLOY_SECRET, a secret of hook 'redeploy'" && !imported.diagnostics.contains { $0.severity == .error })
        // In their order.
        let names = text.split(separator: "\n").filter { $0.contains("- name: ") && $0.hasPrefix("  -") }.map { $0.split(separator: " ").last.map(String.init) ?? "" }
        #expect(names == ["redeploy", "old-token", "plain"])
    }

    @Test func `a rule that Sluice can ask in part only leaves the hook gated`() throws {
        let imported = importWebhook(try fixture("hooks.yaml"), gated: false)
        let text = try #require(imported.text)
        for line in [
            #"    signature_header: "X-Hub-Signature""#, "    signature_algorithm: sha1", #"    signature_prefix: "sha1=""#, "    secret: $HOOK_SHA1_SECRET",
            "    secrets: [$HOOK_ROTATED_SECRET_2]", #"    allow_from: ["104.192.143.0/24", "10.0.0.0/8"]"#, "    webhook_source: gitlab",
            #"    when: "$event == \"Push Hook\"""#, #"    signature_header: "X-Acme-Signature""#, "    signature_algorithm: sha512",
            #"    signature_header: "X-Gitea-Signature""#, #"    event_header: "x-gitea-event""#,
            #"    when: "($event matches \"^(push|create)$\") and (repository.id in [\"42\", 42])""#,
        ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
        let report = try check(text)
        #expect(report.output.contains("ok, 8 endpoints (3 gated)") && !report.errors.contains("no effect"), "\(report.errors)")
        // scalr-signature, a payload's own secret, a signature in an alternative.
        #expect(text.components(separatedBy: "approval_required: true").count == 4, "\(text)")
        #expect(!text.contains("swordfish"))
        #expect(imported.summary == "8 hooks taken over, of which 3 ask for approval because of a rule without a whole counterpart")
        #expect(importWebhook(try fixture("hooks.yaml"), gated: true).text?.components(separatedBy: "approval_required: true").count == 9)
    }

    @Test(arguments: [
        ("[{\"id\":\"a\"}]", "0:0 hook 1 needs an 'id' and an 'execute-command'"), ("{}", "0:0 expected a list of hooks, not an object"), ("[]", "0:0 there is no hook in it"),
        ("[{\"id\":\n  x}]", "2:3 unknown word: only true, false and null may stand without quotes"), ("- id: a\n\tb: c\n", "2:1 "), ("", "0:0 expected a list of hooks, not null"),
        ("[{\"id\":\"a\",\"id\":\"b\"}]", "1:12 the key \"id\" occurs twice in this object"),
    ])
    func `what is no file of hooks gives a reason and no text`(_ text: String, _ expected: String) {
        let imported = importWebhook(Array(text.utf8), gated: false)
        #expect(imported.text == nil)
        let told = imported.diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0) \($0.message)" }.joined()
        #expect(told.hasPrefix(expected), "\(told)")
    }

    @Test func `nothing in a file of hooks can end the program or break out of a comment`() {
        var generator = SplitMix64(seed: fuzzSeed(standard: 0x400C))
        let pieces = [
            "[", "]", "{", "}", ",", ":", "\"id\"", "\"a\"", "\"execute-command\"", "\"trigger-rule\"", "\"and\"", "\"match\"", "\"x\\ny: z\"", "null", "1", "true",
            "\"parameter\"", "\"source\"", "\"payload\"", "\"name\"", "\"type\"", "\"value\"", "\"pass-arguments-to-command\"",
        ]
        for _ in 0..<fuzzRounds(short: 2000) {
            let text = "[" + (0..<generator.below(20)).map { _ in pieces[generator.below(pieces.count)] }.joined() + "]"
            _ = importWebhook(Array(text.utf8), gated: false)
        }
        let hostile = #"[{"id":"a\n  - name: evil","execute-command":"/bin/true","odd\nkey: 1":2,"http-methods":["GET\nx"]}]"#
        let text = importWebhook(Array(hostile.utf8), gated: false).text ?? ""
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("  - name: evil") && !$0.hasPrefix("key: 1") }, "\(text)")
    }

    @Test func `a broken line gives its place and no text`() {
        let imported = importCrontab(Array("@daily x\n  61 * * * * y\n".utf8), gated: false, hasUserColumn: false, timezone: nil)
        #expect(imported.text == nil)
        #expect(imported.diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0)" } == ["2:3"])
    }
}
