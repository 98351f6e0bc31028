import Testing

import CommandLine

private func argv(_ text: String, _ values: [String: String] = [:], names: [String] = []) throws -> [String] {
    let command = try parseCommand(text, argumentNames: names)
    #expect(!command.usesShell, "\(text)")
    #expect(command.text == text)
    let rendered = try command.render(values: values)
    #expect(rendered.environment.isEmpty)
    return rendered.argv
}

@Suite struct WordTests {
    @Test(arguments: [
        ("ls", ["ls"]), ("  df  -h\t/ ", ["df", "-h", "/"]), ("echo hi\n", ["echo", "hi"]), ("\n  echo hi \n \n", ["echo", "hi"]),
        ("echo 'a b' c", ["echo", "a b", "c"]), ("echo \"a b\"c", ["echo", "a bc"]), ("echo a'b'\"c\"d", ["echo", "abcd"]),
        ("echo ''", ["echo", ""]), ("echo \"\" x", ["echo", "", "x"]), ("echo ''''", ["echo", ""]),
        (#"echo a\ b"#, ["echo", "a b"]), (#"echo \ "#, ["echo", " "]), (#"echo \\ \" \' \$ \* \|"#, ["echo", "\\", "\"", "'", "$", "*", "|"]),
        (#"echo "\"\\\$\`" "\n\a""#, ["echo", "\"\\$`", "\\n\\a"]), (#"echo 'a\b' 'a"b' "a'b""#, ["echo", #"a\b"#, "a\"b", "a'b"]),
        ("echo a\\\nb", ["echo", "ab"]), ("echo \\\n  b", ["echo", "b"]), ("echo \"a\\\nb\"", ["echo", "ab"]), ("echo 'a\nb'", ["echo", "a\nb"]),
        ("echo '|&;<>()$*?[~`'", ["echo", "|&;<>()$*?[~`"]), ("echo \"|&;<>()*?[~\"", ["echo", "|&;<>()*?[~"]),
        ("echo {a,b} # ! = % ^ ] }", ["echo", "{a,b}", "#", "!", "=", "%", "^", "]", "}"]), ("echo é 日本", ["echo", "é", "日本"]),
        ("A=1 env", ["A=1", "env"]), ("echo '${name}'", ["echo", "${name}"]), (#"echo \${name}"#, ["echo", "${name}"]),
        (#"echo "\${name}""#, ["echo", "${name}"]),
    ])
    func quotesAndBackslashesMeanWhatTheyMeanToSh(text: String, expected: [String]) throws {
        #expect(try argv(text) == expected)
    }

    @Test(arguments: [
        "a | b", "a & b", "a; b", "a < b", "a > b", "(a)", "a $b", "a *", "a ?", "a [x", "a ~", "a `b`", "a\nb", "a \"$b\"", "a \"`b`\"", "a \"${b}\"", "a ${b}",
        "a $", "echo $(x)", "du -sh /data/*", "a b~c", "a ${name }", "a ${name", "a $name", "a ${name:-x}", "a $${name}", "a \\\\\nb c\nd",
    ])
    func aShellIsUsedWhereTheTextNeedsOne(text: String) throws {
        let command = try parseCommand(text, argumentNames: ["name"])
        #expect(command.usesShell)
    }

    @Test(arguments: [
        ("echo 'a", 5, "the single quote that opens here is not closed"), ("echo \"a", 5, "the double quote that opens here is not closed"),
        ("é \"a\\\"", 3, "the double quote that opens here is not closed"), ("echo \\", 5, "nothing follows the backslash"),
        ("a | echo 'b", 9, "the single quote that opens here is not closed"), ("a | echo \"b", 9, "the double quote that opens here is not closed"),
        ("", 0, "the command is empty"), (" \n\t", 0, "the command is empty"), ("a\0b", 1, "a command can't contain a NUL byte"),
        ("a\nb 'c", 4, "the single quote that opens here is not closed"),
    ] as [(String, Int, String)])
    func badTextsAreRefusedWithTheirPlace(text: String, offset: Int, message: String) {
        do {
            _ = try parseCommand(text, argumentNames: [])
            Issue.record("accepted")
        } catch {
            #expect(error.offset == offset)
            #expect(error.message == message)
        }
    }

    @Test func placesAreGivenInLinesAndCharacters() {
        do {
            _ = try parseCommand("echo é\necho é 'x", argumentNames: [])
            Issue.record("accepted")
        } catch {
            #expect(error.line == 2)
            #expect(error.column == 8)
            #expect(error.description == "line 2, column 8: the single quote that opens here is not closed")
        }
    }

    @Test func placeholdersArePartsOfWordsAndNeverSplit() throws {
        let names = ["a", "b-c", "d.e f"]
        let values = ["a": "x y;$(z) *", "b-c": "'\"\\", "d.e f": ""]
        #expect(try argv("p ${a} -n${b-c} --x=\"${a}\" ${d.e f}", values, names: names) == ["p", "x y;$(z) *", "-n'\"\\", "--x=x y;$(z) *", ""])
    }

    @Test func unusedArgumentsFollowInTheListedOrder() throws {
        let names = ["z", "a", "m"]
        #expect(try argv("p -f ${a}", ["z": "1", "a": "2", "m": "3"], names: names) == ["p", "-f", "2", "1", "3"])
        #expect(try argv("p -f ${a}", ["a": "2", "m": "3"], names: names) == ["p", "-f", "2", "3"])
        #expect(try argv("p", ["z": "", "other": "x"], names: names) == ["p", ""])
        #expect(try argv("p '${a}'", ["a": "2"], names: ["a"]) == ["p", "${a}", "2"], "in single quotes it is text")
    }

    @Test func anOmittedPlaceholderTakesItsUnquotedWordAlong() throws {
        let names = ["a", "b"]
        #expect(try argv("p ${a} ${a}${b} x", names: names) == ["p", "x"])
        #expect(try argv("p \"${a}\" x${a} ''${a}", names: names) == ["p", "", "x", ""])
        #expect(try argv("p ${a}", ["a": ""], names: ["a"]) == ["p", ""])
        #expect(try argv("p ${a}${b}", ["b": ""], names: names) == ["p", ""])
    }

    @Test func aCallMustLeaveAProgramAndNoNUL() throws {
        let command = try parseCommand("${p} x", argumentNames: ["p", "q"])
        #expect(throws: RenderError.noProgram) { try command.render(values: ["p": ""]) }
        #expect(try command.render(values: [:]).argv == ["x"])
        #expect(throws: RenderError.nulByte(argument: "p")) { try command.render(values: ["p": "a\0b"]) }
        #expect(throws: RenderError.nulByte(argument: "q")) { try command.render(values: ["p": "a", "q": "\0"]) }
        let long = String(repeating: "x", count: 128 * 1024 - 1)
        #expect(try command.render(values: ["p": "a", "q": long]).argv[2] == long)
        #expect(throws: RenderError.tooLong(argument: "q")) { try command.render(values: ["p": "a", "q": long + "x"]) }
        let shell = try parseCommand("echo ${p} $1", argumentNames: ["p", "q"])
        #expect(throws: RenderError.nulByte(argument: "q")) { try shell.render(values: ["q": "\0"]) }
        #expect(throws: RenderError.tooLong(argument: "p")) { try shell.render(values: ["p": long]) }
    }

    @Test func theWordsOfTheCommandNameItsScripts() throws {
        func words(_ text: String) throws -> [String] { try parseCommand(text, argumentNames: ["a"]).literalWords }
        #expect(try words("./deploy.sh ${a} 'my file' x${a}") == ["./deploy.sh", "my file"])
        #expect(try words("cd /srv && ./run.sh \"a b\" | tee log; sh x.sh>out") == ["cd", "/srv", "./run.sh", "a b", "tee", "log", "sh", "x.sh", "out"])
        #expect(try words(#"a\ b $(cat ./y)"#) == ["a b", "$", "cat", "./y"])
    }
}

@Suite struct CodeArgumentTests {
    @Test(arguments: [
        "sh -c ${a}", "sh -c 'echo '${a}", "/bin/bash -c \"echo ${a}\"", "env X=1 bash -ec \"${a}\"", "sudo sh -x -c ${a}", "bash -o pipefail -c ${a}",
        "docker exec box sh -c \"ls ${a}\"", "su user -c \"${a}\"", "cd / && sh -c \"echo ${a}\"", "x=$(bash -c ${a})", "eval ${a}; true", "eval \"echo ${a}\" | cat",
        "echo $((${a} + 1))", "echo $((1 + ${a}))", "let x=${a}; echo $x", "[[ ${a} -eq 1 ]] && true", "((x = ${a}))", "echo `echo ${a}`", "echo \"`echo ${a}`\"",
        "echo ${x:-${a}}", "echo \"${x:-${a}}\"", "echo $'x' ${a}", "x=$(case 1 in 1) echo ${a};; esac)", "cat <<E\n`echo ${a}`\nE",
    ])
    func aPlaceholderIsRefusedWhereItsValueWouldBeEvaluated(text: String) {
        #expect(throws: CommandError.self) { try parseCommand(text, argumentNames: ["a"]) }
        #expect(throws: Never.self) { try parseCommand(text, argumentNames: ["other"]) }
    }

    @Test(arguments: [
        "sh script.sh -c ${a}", "sh ${a}", "sh -c 'echo \"$1\"' sh ${a}", "grep -c ${a} file", "bash --rcfile ${a}", "git -c x=${a} log", "sh run -c ${a} | cat",
        "echo evaluate ${a} | cat", "echo $((1 + 2)) ${a}", "case ${a} in x) echo ${a};; esac", "echo eval > log", "(cd x; echo ${a})",
    ])
    func elsewhereItIsNot(text: String) {
        #expect(throws: Never.self) { try parseCommand(text, argumentNames: ["a"]) }
    }
}
