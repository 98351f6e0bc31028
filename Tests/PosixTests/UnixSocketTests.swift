import Foundation
import Glibc
import Posix
import TestKit
import Testing

@Suite(.serialized) struct UnixSocketTests {
    private func mode(_ path: String) -> mode_t? {
        var information = stat()
        return lstat(path, &information) == 0 ? information.st_mode & 0o7777 : nil
    }

    @Test func theFileIsForOwnerAndGroupAndGoesWithTheListener() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        do {
            let listener = try Listener(unixPath: path)
            #expect(mode(path) == 0o660)
            #expect(listener.address.description == "unix")
            #expect(throws: UnixSocketError.self) { _ = try Listener(unixPath: path) }
            #expect(mode(path) != nil)
        }
        #expect(mode(path) == nil)
    }

    @Test func aSocketOfTheDeadIsReplacedAndNothingElse() throws {
        let directory = try TemporaryDirectory()
        let (path, file) = (directory.file("s"), directory.file("f"))
        let bound = try runTool(["python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path])
        #expect(bound.exitCode == 0 && mode(path) != nil)
        _ = try Listener(unixPath: path)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: UnixSocketError.self) { _ = try Listener(unixPath: file) }
        #expect(fileText(file) == "mine")
        #expect(throws: UnixSocketError.self) { _ = try Listener(unixPath: "/" + String(repeating: "a", count: 107)) }
        #expect(throws: SystemError.self) { _ = try Listener(unixPath: directory.file("none/s")) }
    }

    @Test func socketsOfTheServiceManagerAreChecked() throws {
        func variables(_ values: [String: String]) -> (String) -> String? { { values[$0] } }
        let own = "\(getpid())"
        let none = try inheritedSockets(environment: variables(["LISTEN_PID": "1", "LISTEN_FDS": "1"]))
        #expect(none.isEmpty)
        #expect(try inheritedSockets(environment: variables([:])).isEmpty)
        let listener = try Listener(host: "127.0.0.1", port: 0)
        let given = ["LISTEN_PID": own, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"]
        let found = try inheritedSockets(environment: variables(given), first: listener.raw)
        #expect(found.map(\.name) == ["web"] && found.map(\.descriptor) == [listener.raw])
        #expect(throws: UnixSocketError.self) {
            try inheritedSockets(environment: variables(["LISTEN_PID": own, "LISTEN_FDS": "-1"]), first: listener.raw)
        }
        // A stream socket that does not listen, and something that is no socket.
        let client = try TestConnection(port: listener.address.port)
        #expect(throws: UnixSocketError.self) { try inheritedSockets(environment: variables(given), first: client.descriptor) }
        let null = open("/dev/null", O_RDONLY)
        defer { close(null) }
        #expect(throws: UnixSocketError.self) { try inheritedSockets(environment: variables(given), first: null) }
    }
}
