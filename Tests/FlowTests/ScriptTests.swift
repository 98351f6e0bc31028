import Foundation
import Glibc
import Model
import Posix
import TestKit
import Testing
import Triggers

@Suite struct ScriptTests {
    private let folder: TemporaryDirectory
    private let endpoint: CompiledEndpoint

    init() throws {
        folder = try TemporaryDirectory()
        try Files.writeAtomically(folder.file("deploy.sh"), Array("#!/bin/sh\necho one\n".utf8), mode: 0o755)
        endpoint = try compiled("./deploy.sh now", directory: folder.path)
    }

    private func write(_ text: String, to name: String = "deploy.sh") throws {
        let file = try #require(fopen(folder.file(name), "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test func `an unchanged script is the same script`() throws {
        let first = try endpoint.frozen().spec
        #expect(first.scripts.map(\.path) == [folder.file("deploy.sh")])
        #expect(first.scripts[0].sha256.count == 64)
        #expect(try endpoint.frozen().spec == first)
        #expect(ScriptFingerprints.difference(first.scripts) == nil)
    }

    @Test func `a change is told, and a new call freezes the new text`() throws {
        let before = try endpoint.frozen().spec
        // The same length: only the text differs.
        try write("#!/bin/sh\necho two\n")
        #expect(ScriptFingerprints.difference(before.scripts)?.contains("has changed since the request") == true)
        let after = try endpoint.frozen().spec
        #expect(after.scripts != before.scripts && ScriptFingerprints.difference(after.scripts) == nil)
    }

    @Test func `a deletion is told, and coming back makes it good again`() throws {
        let before = try endpoint.frozen().spec
        unlink(folder.file("deploy.sh"))
        #expect(ScriptFingerprints.difference(before.scripts)?.contains("is gone") == true)
        #expect(try endpoint.frozen().spec.scripts.map(\.sha256) == ["missing"])
        try write("#!/bin/sh\necho one\n")
        #expect(ScriptFingerprints.difference(before.scripts) == nil)
    }

    @Test func `a file put in its place by rename is told, also under the old times`() throws {
        let before = try endpoint.frozen().spec
        try write("#!/bin/sh\necho six\n", to: "new.sh")
        var status = stat()
        stat(folder.file("deploy.sh"), &status)
        let times = [status.st_atim, status.st_mtim]
        utimensat(AT_FDCWD, folder.file("new.sh"), times, 0)
        rename(folder.file("new.sh"), folder.file("deploy.sh"))
        #expect(ScriptFingerprints.difference(before.scripts) != nil)
        #expect(try endpoint.frozen().spec.scripts != before.scripts)
    }

    @Test func `a file that became a directory is gone`() throws {
        let before = try endpoint.frozen().spec
        unlink(folder.file("deploy.sh"))
        mkdir(folder.file("deploy.sh"), 0o700)
        #expect(ScriptFingerprints.difference(before.scripts)?.contains("is gone") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read every file")) func `a file that cannot be read any more has changed`() throws {
        let before = try endpoint.frozen().spec
        chmod(folder.file("deploy.sh"), 0)
        #expect(ScriptFingerprints.difference(before.scripts) != nil)
    }

    @Test func `an interpreter's script is found from the working directory`() throws {
        mkdir(folder.file("work"), 0o700)
        try write("print(1)", to: "work/job.py")
        let endpoint = try compiled("python3 job.py --flag missing.txt", directory: folder.path) { $0.workingDirectory = "work" }
        #expect(try endpoint.frozen().spec.scripts.map(\.path) == [folder.file("work/job.py")])
    }

    @Test("a word names a script by its place, its suffix or its mode, and data is none", arguments: [
        ("bash deploy", ["deploy"]), ("sh -e later.sh", ["later.sh"]), ("make -C build && ./tool", ["tool"]),
        ("sh -c 'sleep 20; echo deployed'", []), ("bash -ec 'cd . && ./tool now; cat data.log'", ["tool"]), ("bash -e deploy", ["deploy"]),
        ("python3 -m http.server", []), ("python3 -c 'import job.py; x.r()'", ["job.py"]), ("perl -ne 'print' deploy", []), ("node -p 1", []),
        ("echo hi >> data.log", []), ("cat data.log", []), ("curl https://example.com/x.sh", []), ("/usr/bin/env python3 job.py", ["/usr/bin/env", "job.py"]),
    ])
    func whatNamesAScript(command: String, expected: [String]) throws {
        let folder = try TemporaryDirectory()
        for name in ["deploy", "job.py", "data.log"] { try "x".write(toFile: folder.file(name), atomically: true, encoding: .utf8) }
        try "#!/bin/sh".write(toFile: folder.file("tool"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.file("tool"))
        let paths = try compiled(command, directory: folder.path).frozen().spec.scripts.map(\.path)
        #expect(paths == expected.map { $0.hasPrefix("/") ? $0 : folder.file($0) })
    }

    @Test func `a caller's argument never names a script`() throws {
        let endpoint = try compiled("cat ${file}", directory: folder.path) { $0.arguments = [Argument(name: "file")] }
        #expect(try endpoint.frozen(#"{"file": "deploy.sh"}"#).spec.scripts.isEmpty)
    }
}
