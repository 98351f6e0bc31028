@testable import CLI
import Foundation
import TestKit
import Testing

/// A crontab that is taken over does as endpoints what cron would have done.
@Suite struct ImportTests {
    private func check(_ text: String) throws -> (output: String, errors: String) {
        let folder = try TemporaryDirectory()
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

    @Test func `a broken line gives its place and no text`() {
        let imported = importCrontab(Array("@daily x\n  61 * * * * y\n".utf8), gated: false, hasUserColumn: false, timezone: nil)
        #expect(imported.text == nil)
        #expect(imported.diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0)" } == ["2:3"])
    }
}
