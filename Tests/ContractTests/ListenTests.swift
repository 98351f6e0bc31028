import Foundation
import TestKit
import Testing

/// Ways in beside one TCP address.
@Suite struct ListenTests {
    static let config = "version: 1\nendpoints:\n  - {name: a, command: echo, public: true}\n"

    @Test func aUnixSocketServesBesideTCPAndGoesAtTheStop() throws {
        let home = try TemporaryDirectory()
        let path = home.file("sluice.sock")
        let server = try SluiceProcess(config: Self.config, arguments: ["--listen", "unix:\(path)"])
        #expect(server.output.contains("and on unix:\(path)\n"))
        #expect(try server.request("GET", "/healthz").status == 200)
        let client = try TestConnection(unixPath: path)
        try client.send("POST /v1/user/a HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.receiveResponse().status == 200)
        #expect(try server.admin("GET", "/runs").json["items"]?[0]?["requested_by"]?.string == "anonymous caller at unix")
        // What kill leaves behind is no obstacle; what is in use is.
        server.kill()
        #expect(FileManager.default.fileExists(atPath: path))
        try server.start()
        let other = try SluiceProcess(config: Self.config, arguments: ["--listen", "unix:\(path)"], starts: false)
        #expect(throws: TestFailure.self) { try other.start() }
        #expect(other.errors.contains("another process listens on '\(path)'"), "\(other.errors)")
        try server.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// As systemd does it: a socket as descriptor 3, and the variables that say so.
    private let activation = """
        import os, socket, subprocess, sys, time
        kind, program, config, data = sys.argv[1:5]
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind != "datagram" else socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        if kind != "datagram": made.listen(16)
        port = made.getsockname()[1]
        child = os.fork()
        if child == 0:
            os.dup2(made.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
            os.execv(program, [program, "serve", "--config", config, "--data", data])
        if kind == "datagram":
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        client = socket.create_connection(("127.0.0.1", port))
        client.settimeout(15)
        client.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        print(client.recv(15).decode())
        os.kill(child, 15)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """

    @Test func socketsOfSystemdAreTakenOver() throws {
        let server = try SluiceProcess(config: Self.config, starts: false)
        let words = ["python3", "-c", activation, "stream", SluiceProcess.program, server.file("wrapd.yaml"), server.dataDirectory]
        let result = try runTool(words, environment: ["SLUICE_ADMIN_TOKEN": SluiceProcess.adminToken], seconds: 30)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.contains("HTTP/1.1 200"))
        // The port of nobody else was opened.
        #expect(!result.output.contains("and on"))
    }

    @Test func anotherKindOfSocketIsAnError() throws {
        let server = try SluiceProcess(config: Self.config, starts: false)
        let words = ["python3", "-c", activation, "datagram", SluiceProcess.program, server.file("wrapd.yaml"), server.dataDirectory]
        let result = try runTool(words, seconds: 30)
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("descriptor 3 ('web') of the service manager is no listening stream socket"), "\(result.errors)")
    }
}
