import Foundation
import Synchronization

/// A small mail server (RFC 5321), which takes everything but what its script says.
public final class SMTPServer: Sendable {
    public enum Reaction: Sendable {
        case say(String)
        case drop
        case hang
    }

    private let server: ConnectionServer
    private let log: Log

    private final class Log: Sendable {
        let commands = Mutex<[String]>([])
        /// As on the wire, with doubled dots and without the last one.
        let messages = Mutex<[String]>([])
    }

    public var port: UInt16 { server.port }
    public var accepted: Int { server.accepted }
    public var commands: [String] { log.commands.withLock { $0 } }
    public var messages: [String] { log.messages.withLock { $0 } }
    public func commands(_ verb: String) -> [String] { commands.filter { $0.hasPrefix(verb) } }

    /// - Parameter react: asked about each command, about "" before the greeting and "." after a message; nil for the usual answer.
    public init(mechanisms: String? = nil, react: @escaping @Sendable (String) -> Reaction? = { $0.contains("never@") ? .say("550 5.1.1 nobody here") : nil })
        throws
    {
        let log = Log()
        self.log = log
        server = try ConnectionServer { connection in
            func answer(_ command: String, _ usual: String) -> Bool {
                switch react(command) {
                case .say(let text): return connection.write(text + "\r\n")
                case .drop: return false
                case .hang:
                    connection.waitForEnd()
                    return false
                case nil: return connection.write(usual + "\r\n")
                }
            }
            guard answer("", "220 test ESMTP") else { return }
            while let line = connection.read(until: "\r\n")?.dropLast() {
                let command = String(line)
                log.commands.withLock { $0.append(command) }
                let usual: String
                switch command.split(separator: " ").first?.uppercased() {
                case "EHLO": usual = "250-test\r\n" + (mechanisms.map { "250-AUTH \($0)\r\n" } ?? "") + "250 8BITMIME"
                case "AUTH": usual = login(command, connection) ? "235 2.7.0 welcome" : "535 5.7.8 wrong"
                case "DATA": usual = "354 go on"
                case "QUIT": usual = "221 bye"
                default: usual = "250 2.0.0 fine"
                }
                guard answer(command, usual) else { return }
                if command == "QUIT" { return }
                if command == "DATA", react("DATA") == nil {
                    guard let message = connection.read(until: "\r\n.\r\n") else { return }
                    log.messages.withLock { $0.append(String(message.dropLast(2))) }
                    guard answer(".", "250 2.0.0 queued as 4F2A") else { return }
                }
            }
        }
    }
}

/// AUTH PLAIN and LOGIN (RFC 4616, and the old habit): the user is "ann", the password "p\"ss wörd".
private func login(_ command: String, _ connection: ServedConnection) -> Bool {
    func ask(_ challenge: String) -> String? {
        connection.write("334 \(challenge)\r\n")
        guard let line = connection.read(until: "\r\n")?.dropLast() else { return nil }
        return Data(base64Encoded: String(line)).map { String(decoding: $0, as: UTF8.self) }
    }
    let words = command.split(separator: " ")
    switch words.dropFirst().first {
    case "PLAIN":
        let first = words.count > 2 ? Data(base64Encoded: String(words[2])).map { String(decoding: $0, as: UTF8.self) } : ask("")
        return first == "\0ann\0p\"ss wörd"
    case "LOGIN": return ask("VXNlcm5hbWU6") == "ann" && ask("UGFzc3dvcmQ6") == "p\"ss wörd"
    default: return false
    }
}
