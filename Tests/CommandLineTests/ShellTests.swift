import Glibc
import Testing

import CommandLine

/// What the shell text is rewritten to, and what a real /bin/sh makes of it.
@Suite struct ShellTests {
    @Test(arguments: [
        ("echo ${a} | cat", "echo ${SLUICE_ARG_A+\"${SLUICE_ARG_A}\"} | cat"), ("echo \"x ${a}\" | cat", "echo \"x ${SLUICE_ARG_A-}\" | cat"),
        ("echo '${a}' | cat", "echo '${a}' | cat"), ("echo \\${a} | cat", "echo \\${a} | cat"), ("echo $a | cat", "echo $a | cat"),
        ("echo ${b} $$${a}", "echo ${b} $$${SLUICE_ARG_A+\"${SLUICE_ARG_A}\"}"), ("ls # ${a} it's\ntrue", "ls # ${a} it's\ntrue"),
        ("echo \"$(echo ${a})\"", "echo \"$(echo ${SLUICE_ARG_A+\"${SLUICE_ARG_A}\"})\""), ("echo $# x#${a}", "echo $# x#${SLUICE_ARG_A+\"${SLUICE_ARG_A}\"}"),
        ("cat <<E\n\"${a}\"\nE\necho ${a}", "cat <<E\n\"${SLUICE_ARG_A-}\"\nE\necho ${SLUICE_ARG_A+\"${SLUICE_ARG_A}\"}"),
        ("cat <<'E'\n${a} it's\nE\n", "cat <<'E'\n${a} it's\nE\n"), ("cat <<-E\n\t${a}\n\tE\n'x'", "cat <<-E\n\t${SLUICE_ARG_A-}\n\tE\n'x'"),
        ("cat <<A <<\"B\"\n${a}\nA\n${a}\nB\n", "cat <<A <<\"B\"\n${SLUICE_ARG_A-}\nA\n${a}\nB\n"), ("echo $$${a:-x}", "echo $$${a:-x}"),
    ])
    func placeholdersBecomeQuotedVariables(text: String, script: String) throws {
        let rendered = try parseCommand(text, argumentNames: ["a"]).render(values: [:])
        #expect(rendered.argv == ["/bin/sh", "-c", script, "sh"])
        #expect(rendered.environment.isEmpty)
    }

    @Test func variablesNeverMeetEachOtherOrTheEnvironment() throws {
        let names = ["PATH", "a-b", "a_b", "a_b_2", "A.B", "é", "1", "a-b"]
        let command = try parseCommand(names.map { "${\($0)}" }.joined(separator: " ") + " | x", argumentNames: names)
        let rendered = try command.render(values: Dictionary(names.map { ($0, "v") }, uniquingKeysWith: { first, _ in first }))
        #expect(
            rendered.environment.map(\.name) == [
                "SLUICE_ARG_PATH", "SLUICE_ARG_A_B", "SLUICE_ARG_A_B_2", "SLUICE_ARG_A_B_2_2", "SLUICE_ARG_A_B_3", "SLUICE_ARG___", "SLUICE_ARG_1",
            ])
        #expect(Set(rendered.environment.map(\.name)).count == rendered.environment.count)
    }

    @Test func omittedArgumentsAreUnsetAndTakeTheirWordAlong() throws {
        let names = ["a", "b"]
        let command = try parseCommand("printf '<%s>' x ${a} \"${a}\" y${a} \"$@\"; echo", argumentNames: names)
        #expect(try run(command, [:]) == "<x><><y>\n")
        #expect(try run(command, ["a": ""]) == "<x><><><y>\n")
        #expect(try run(command, ["a": "1 2", "b": "3 4"]) == "<x><1 2><1 2><y1 2><3 4>\n")
        let strict = try parseCommand("set -u; printf '<%s>' x ${a} \"${a}\"", argumentNames: names)
        #expect(try run(strict, [:]) == "<x><>")
    }

    @Test func theTextIsTheAuthorsOtherwise() throws {
        let text = """
            # it's a comment
            name=outer
            for f in 1 2; do echo "$f-$name ${name}"; done # "
            cat <<END
            it's "${arg}" $name \\${arg}
            END
            echo "$(printf '%s|' ${arg} "$(echo ")")")" $((1 + (2))) ${name#o} ${name:-'}'}
            case ${arg} in (x*) echo no;; "a  b") echo 'yes ${arg}';; esac
            """
        let command = try parseCommand(text, argumentNames: ["arg"])
        #expect(
            try run(command, ["arg": "a  b"]) == """
                1-outer outer
                2-outer outer
                it's "a  b" outer ${arg}
                a  b|)| 3 uter outer
                yes ${arg}

                """)
    }

    /// Each pair: a command over the arguments a, b, c, and what it prints for their values.
    private static let echoes: [(text: String, output: @Sendable (_ a: String, _ b: String, _ c: String) -> [String])] = [
        ("/usr/bin/printf '%s\\0' ${a} x${b}y \"z${c}\"", { [$0, "x\($1)y", "z\($2)"] }),
        ("/usr/bin/printf '%s\\0'", { [$0, $1, $2] }),
        ("printf '%s\\0' ${a} \"${b}\" x${a}y\"${b}\"z; printf '%s\\0' \"$@\"", { [$0, $1, "x\($0)y\($1)z", $2] }),
        ("printf '%s\\0' \"$@\" | cat", { [$0, $1, $2] }),
        ("cat <<E | cat\n${a}\nE\nprintf '\\0%s\\0' ${b}${c}", { ["\($0)\n", "\($1)\($2)"] }),
        ("x=${a}; printf '%s\\0' \"$x\" \"$(printf %s. ${b})\" \"$(printf %s. \"${c}\")\"", { [$0, "\($1).", "\($2)."] }),
        ("case ${a} in ${a}) printf '%s\\0' ${b};; *) printf 'other\\0';; esac # ${c} it's", { _, b, _ in [b] }),
        ("for v in ${a} \"${b}\" \"$@\"; do printf '%s\\0' \"$v\"; done", { [$0, $1, $2] }),
        ("f() { printf '%s\\0' \"$#\" \"$@\"; }; f ${a} ${b} ${c}", { ["3", $0, $1, $2] }),
        ("export v=${a}; sh -c 'printf \"%s\\0\" \"$v\" \"$1\"' sh ${b} >&1", { a, b, _ in [a, b] }),
        ("{ cat <<-E\n\t\t${a}\n\tE\n} && printf '\\0%s\\0%s\\0' \"${b}\" ${c}", { ["\($0)\n", $1, $2] }),
    ]

    @Test func hostileValuesComeOutOfARealShellAsTheyWentIn() throws {
        let rounds = getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 40
        let seed: UInt64 = 0xC0FFEE
        print("command fuzz: seed \(seed), \(rounds) rounds")
        var generator = SplitMix64(seed: seed)
        let commands = try Self.echoes.map { (try parseCommand($0.text, argumentNames: ["a", "b", "c"]), $0.output) }
        for round in 0..<rounds {
            let a = hostileValue(using: &generator)
            let b = hostileValue(using: &generator)
            let c = hostileValue(using: &generator)
            for (command, output) in commands {
                let expected = output(a, b, c).map { [UInt8]($0.utf8) + [0] }.joined()
                let printed = try runBytes(command, ["a": a, "b": b, "c": c])
                #expect(printed == [UInt8](expected), "round \(round): \(command.text) with \([a, b, c])")
            }
        }
    }

    private func hostileValue(using generator: inout SplitMix64) -> String {
        let pieces = [
            "'", "\"", "`id`", "$(id)", "${a}", "$a", "\\", ";", "|", "&", "\n", " ", "  ", "\t", "*", "?", "[a-z]", "~", "-n", "--", "#", "!", "(", ")", "{", "}", "<", ">",
            "E", "\nE\n", "a[$(id)]", "%s", "%n", "\\0", "\\n", "$IFS", "${IFS}", "$'x'", "é", "😀", "\u{1}", "\u{7F}", "x", "esac", ";;", "SLUICE_ARG_A", "=", ":", "}\"", "\"}",
            "\r", "$$", "$@", "\\'", "'\"'\"'",
        ]
        return (0..<Int.random(in: 0...6, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }
}
