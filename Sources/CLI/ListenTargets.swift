internal import App
internal import Config
internal import Posix

/// One `--listen` or `listen`: `HOST:PORT` or `unix:PATH`.
func listenTarget(_ text: String) throws(UsageError) -> ListenTarget {
    if text.hasPrefix("unix:") {
        let path = String(text.dropFirst(5))
        guard 1...107 ~= path.utf8.count else {
            throw UsageError("the path of a Unix socket has 1 to 107 bytes", hint: "for example unix:/run/sluice/sluice.sock")
        }
        return .unix(path: path)
    }
    let address = try ListenAddress(text)
    return .tcp(host: address.host, port: address.port)
}

/// What to listen on: the service manager's sockets, and what the command line says, else the file, else (without such sockets) the default.
func listenTargets(_ given: [ListenTarget], _ file: [String]) throws -> [ListenTarget] {
    let inherited = try inheritedSockets(environment: environmentVariable).map { ListenTarget.inherited($0) }
    let named = given.isEmpty ? try file.map { try listenTarget($0) } : given
    let all = named + inherited
    return all.isEmpty ? [.tcp(host: "127.0.0.1", port: 8080)] : all
}

/// `HOST:PORT`, `[::1]:PORT`, `:PORT` or `PORT`.
private struct ListenAddress {
    var host = "127.0.0.1"
    var port: UInt16 = 8080

    init(_ text: String) throws(UsageError) {
        let colon = text.lastIndex(of: ":")
        let portText = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard !portText.isEmpty, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(portText) else {
            throw UsageError("'\(text)' is no HOST:PORT", hint: "for example 127.0.0.1:8080, [::1]:8080 or :8080")
        }
        port = number
        guard let colon else { return }
        var name = String(text[..<colon])
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        if name.contains(":"), !text.hasPrefix("[") {
            throw UsageError("'\(text)' is no HOST:PORT", hint: "an IPv6 address stands in brackets: [::1]:8080")
        }
        host = name.isEmpty ? "0.0.0.0" : name
    }
}
