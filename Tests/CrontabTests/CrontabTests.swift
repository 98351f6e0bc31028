import Crontab
import TestKit
import Testing

@Suite struct CrontabTests {
    private func read(_ text: String, hasUserColumn: Bool = false) -> (Crontab, [String]) {
        let (crontab, diagnostics) = parseCrontab(Array(text.utf8), hasUserColumn: hasUserColumn)
        return (crontab, diagnostics.map { "\($0.position?.line ?? 0):\($0.position?.column ?? 0) \($0.severity.rawValue): \($0.message)" })
    }

    @Test(arguments: [
        ("* * * * * echo hi", "* * * * *", "echo hi", ""),
        ("  5\t4 * * sun   /bin/x  a  b ", "5\t4 * * sun", "/bin/x  a  b ", ""),
        ("@daily x", "@daily", "x", ""),
        ("0 0 * * * cat%one%two", "0 0 * * *", "cat", "one\ntwo\n"),
        ("0 0 * * * date +\\%F%in", "0 0 * * *", "date +%F", "in\n"),
        ("0 0 * * * cat%", "0 0 * * *", "cat", "\n"),
        ("0 0 * * * echo a=b # not a comment", "0 0 * * *", "echo a=b # not a comment", ""),
        ("0 0 * * * x\r", "0 0 * * *", "x", ""),
    ])
    func `a job is its times, its command and its input`(_ line: String, _ expression: String, _ command: String, _ stdin: String) throws {
        let (crontab, problems) = read(line + "\n")
        #expect(problems.isEmpty)
        let job = try #require(crontab.jobs.first)
        #expect(crontab.expression(of: job) == expression)
        #expect(crontab.command(of: job).text == command)
        #expect(crontab.command(of: job).stdin == Array(stdin.utf8))
    }

    @Test func `variables hold for the lines below them`() {
        let (crontab, problems) = read(
            """
            # comment
            A = one
            "B"='two  words '
            CRON_TZ=Europe/Berlin
            * * * * * first

            A="1"
            SHELL=/bin/bash
            CRON_TZ=
            * * * * * second
            """)
        #expect(problems.isEmpty)
        let environments = crontab.jobs.map { crontab.environment(of: $0) }
        #expect(environments[0].variables.map { "\($0.name)=\($0.value)" } == ["A=one", "B=two  words "])
        #expect(environments[0].timezone == "Europe/Berlin" && environments[0].shell == "/bin/sh")
        #expect(environments[1]["A"] == "1" && environments[1].shell == "/bin/bash" && environments[1].timezone == nil)
        #expect(crontab.jobs.map(\.line) == [5, 10])
    }

    @Test func `settings for Sluice stand before the first job`() {
        let (crontab, problems) = read("SLUICE_OVERLAP=skip\nMAILTO=me\n- * * * * x\n* * * * * x\n  SLUICE_TIMEOUT=5\n")
        #expect(crontab.settings.map { "\($0.name)=\($0.value) \($0.line):\($0.nameColumn):\($0.valueColumn)" } == ["overlap=skip 1:1:16"])
        #expect(problems.count == 4)
        #expect(problems.first?.hasPrefix("2:1 warning: MAILTO has no effect") == true)
        #expect(problems.last == "5:3 error: SLUICE_TIMEOUT holds for the whole file and stands before its first job")
    }

    @Test(arguments: ["* * * * x", "* * * * *", "@daily", "@daily  ", "hello", "5", "x\u{0}=1", "* * * * * a\u{0}b"])
    func `a line that is none is told with its place`(_ line: String) {
        let (crontab, problems) = read("\n" + line)
        #expect(crontab.jobs.isEmpty && problems.count == 1)
        #expect(problems.first?.hasPrefix("2:") == true && problems.first?.contains("error") == true)
    }

    @Test func `a system's crontab names a user`() throws {
        let (crontab, problems) = read("17 * * * * root  run-parts /etc\n@daily www\n", hasUserColumn: true)
        let job = try #require(crontab.jobs.first)
        #expect(crontab.user(of: job) == "root" && crontab.command(of: job).text == "run-parts /etc")
        #expect(crontab.jobs.count == 1 && problems.count == 1)
    }

    @Test func `Random bytes are read without harm, and every job lies within them`() {
        let seed = fuzzSeed(standard: 0xC4_0B)
        var generator = SplitMix64(seed: seed)
        let parts = ["* * * * * ", "@daily ", "A=", "\n", "%", "\\%", "\"", "'", "\t", "SLUICE_X=1", "x", "\u{e9}", "\0", "\r\n", "#", "-"]
        for _ in 0..<fuzzRounds(short: 3000) {
            var bytes: [UInt8] = []
            for _ in 0..<generator.below(30) {
                if generator.below(5) == 0 { bytes.append(UInt8(generator.below(256))) } else { bytes += Array(parts[generator.below(parts.count)].utf8) }
            }
            let (crontab, problems) = parseCrontab(bytes, hasUserColumn: generator.below(2) == 0)
            #expect(problems.count <= 100)
            for job in crontab.jobs {
                #expect(job.expression.lowerBound < job.expression.upperBound && job.command.upperBound <= bytes.count, "seed \(seed)")
                _ = crontab.command(of: job)
                _ = crontab.environment(of: job)
            }
        }
    }
}
