import Foundation
import Testing

@Suite struct HouseTests {
    private let sources = files(in: "Sources")
    private let tests = files(in: "Tests")

    /// Records the place of each line that contains one of the words, comments and texts included.
    private func expectNone(_ words: [String], in files: [SourceFile], except allowed: [String] = []) {
        for file in files where !allowed.contains(where: file.path.hasSuffix) {
            for (index, line) in file.lines.enumerated() {
                for word in words where line.contains(word) { Issue.record("\(file.path):\(index + 1) contains \(word)") }
            }
        }
    }

    @Test func `there are sources and tests to look at`() {
        #expect(sources.count > 200 && tests.count > 50)
    }

    @Test func `nothing is left to be done in the text of the program`() {
        expectNone(["TO" + "DO", "FIX" + "ME", "XX" + "X:"], in: sources + tests + files(in: "Sources", suffix: ".h") + files(in: "Sources", suffix: ".c"))
    }

    @Test func `no input can end the process: no forced try, cast or fatal error`() {
        expectNone(["try!", "as! ", "preconditionFailure(", "assertionFailure("], in: sources)
        // Broken cryptography and exhausted memory, which no input decides.
        expectNone(["fatalError("], in: sources, except: ["Crypto/HMACKey.swift", "HTTP/GrowingBuffer.swift"])
    }

    @Test func `the program does without Foundation`() {
        for file in sources { #expect(!file.imports.contains { $0.hasPrefix("Foundation") }, "\(file.path)") }
    }

    @Test func `no file is longer than 450 lines, no line than 150 columns`() {
        for file in sources + tests { #expect(file.lines.count <= 450, "\(file.path) has \(file.lines.count) lines") }
        for file in sources {
            for (index, line) in file.lines.enumerated() where line.count > 150 {
                Issue.record("\(file.path):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test func `whoever steps around the compiler's checks says above why that is sound`() {
        for file in sources {
            let lines = file.lines
            for (index, line) in lines.enumerated() {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)"), !code.hasPrefix("//") else { continue }
                let above = lines[max(0, index - 6)..<index].map { $0.trimmingCharacters(in: .whitespaces) }
                #expect(above.contains { $0.hasPrefix("//") }, "\(file.path):\(index + 1)")
            }
        }
    }

    /// A closure that is taken out of a mutex and put back is wrapped once more each time, and calling it overflows the stack in the end.
    @Test func `no mutex holds a closure by itself`() {
        let aliases = sources.flatMap { $0.text.matches(of: /typealias (\w+) = [^\n]*->/).map { String($0.1) } }
        for file in sources {
            for (index, line) in file.lines.enumerated() {
                guard let start = line.range(of: "Mutex<") else { continue }
                let held = line[start.upperBound...]
                let isClosure = held.contains("->") && (held.hasPrefix("(") || held.hasPrefix("@")) || aliases.contains { held.hasPrefix($0 + ">") || held.hasPrefix($0 + "?") }
                #expect(!isClosure, "\(file.path):\(index + 1)")
            }
        }
    }

    @Test func `every file says something from its first line on and ends with a line's end`() {
        let beginnings = [
            "import ", "package ", "internal ", "private ", "fileprivate ", "public ", "///", "//", "extension ", "struct ", "enum ", "final ",
            "class ", "func ", "let ", "@", "protocol ", "typealias ",
        ]
        for file in sources {
            let first = file.lines.first ?? ""
            #expect(beginnings.contains { first.hasPrefix($0) }, "\(file.path) begins with '\(first)'")
        }
        for file in sources + tests {
            #expect(file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n"), "\(file.path)")
            #expect(!file.text.contains("\t") && !file.text.contains("\r\n"), "\(file.path) has tabs or CR LF")
        }
    }

    @Test func `no line ends in blanks`() {
        for file in sources {
            for (index, line) in file.lines.enumerated() where line.hasSuffix(" ") {
                Issue.record("\(file.path):\(index + 1)")
            }
        }
    }

    // MARK: Around the sources

    @Test func `a make target that a document names is in the Makefile`() throws {
        let makefile = try #require(read("Makefile"))
        let targets = Set(makefile.components(separatedBy: "\n").compactMap { line in
            line.contains(":") && line.first?.isLetter == true ? line.components(separatedBy: ":")[0] : nil
        })
        let documents = ["README.md", "CONTRIBUTING.md"].compactMap { name in read(name).map { SourceFile(path: name, text: $0) } }
        for document in documents + files(in: "docs", suffix: ".md") {
            for match in document.text.matches(of: /(?:^|[`$\n] ?)make ([a-z]+)/) {
                #expect(targets.contains(String(match.1)), "\(document.path): make \(match.1)")
            }
        }
    }

    @Test func `a script that the Makefile calls exists`() throws {
        let makefile = try #require(read("Makefile"))
        for match in makefile.matches(of: /scripts\/[a-z]+\.sh/) { #expect(read(String(match.0)) != nil, "\(match.0)") }
    }

    @Test func `a link between documents leads to a file`() {
        let documents = ["README.md", "CONTRIBUTING.md"].compactMap { name in read(name).map { SourceFile(path: name, text: $0) } }
        for document in documents + files(in: "docs", suffix: ".md") {
            let folder = document.path.components(separatedBy: "/").dropLast().joined(separator: "/")
            for match in document.text.matches(of: /\]\(([^)#: ]+)(?:#[^)]*)?\)/) {
                let target = (folder.isEmpty ? "" : folder + "/") + match.1
                #expect(FileManager.default.fileExists(atPath: "\(root)/\(target)"), "\(document.path) links to \(match.1)")
            }
        }
    }

    @Test func `no file names a place of the machine it was written on`() {
        let places = ["/" + "work/", "/tmp/" + "wt", "/opt/" + "swift", "/ro" + "ot/"]
        let others = ["docs", "schedules", "fixtures/configs", "scripts"].flatMap { files(in: $0, suffix: "") }
        expectNone(places, in: sources + tests + others + ["Package.swift", "Makefile", "README.md"].compactMap { name in
            read(name).map { SourceFile(path: name, text: $0) }
        })
    }
}
