@testable import HTTP

/// What a stream of octets means.
enum Event: Equatable, CustomStringConvertible {
    case request(String, body: [UInt8])
    case refused(Int)

    var description: String {
        switch self {
        case .request(let head, let body): "\(head) + \(body.count) octets"
        case .refused(let status): "refused with \(status)"
        }
    }
}

/// Feeds pieces to a parser as a connection does, and writes down what comes out. Every piece is presented in memory of its own,
/// so that a read beyond it would be noticed by a sanitizer.
func events(_ pieces: [[UInt8]], limits: RequestLimits = RequestLimits(), maxBody: Int = 1 << 20) -> [Event] {
    let parser = RequestParser(limits: limits)
    var buffer: [UInt8] = []
    var events: [Event] = []
    var head = ""
    for piece in pieces {
        buffer += piece
        while !buffer.isEmpty {
            let outcome = buffer.withUnsafeMutableBytes { parser.parse($0) }
            switch outcome {
            case .needMore:
                buffer.removeSubrange(parser.kept...)
            case .head:
                head = describe(parser, buffer)
                if let length = parser.head.contentLength, length > maxBody { return events + [.refused(413)] }
                parser.beginBody(limit: maxBody)
                continue
            case .complete:
                events.append(.request(head, body: Array(buffer[parser.body.start..<parser.body.end])))
                buffer.removeSubrange(..<parser.position)
                parser.reset()
                continue
            case .failed(let status):
                // After an error there is no further event.
                let again = buffer.withUnsafeMutableBytes { parser.parse($0) }
                return events + [again == outcome ? .refused(status) : .refused(-1)]
            }
            break
        }
    }
    return events
}

private func describe(_ parser: RequestParser, _ buffer: [UInt8]) -> String {
    let facts = parser.head
    func text(_ range: Range<Int>) -> String { String(decoding: buffer[range], as: UTF8.self) }
    let fields = parser.fields[..<parser.fieldCount].map { field in
        text(Int(field.nameStart)..<Int(field.nameEnd)) + "=" + text(Int(field.valueStart)..<Int(field.valueEnd))
    }
    let host = facts.authority.isEmpty ? facts.hostField : facts.authority
    return "\(facts.method?.name ?? "?") \(text(facts.path)) ?\(text(facts.query)) @\(text(host)) 1.\(facts.minorVersion) "
        + "persists=\(facts.persists) \(fields)"
}

/// The only event of a stream that ends with the input: 200 for a request, the status of a refusal, 0 for nothing.
func status(_ text: String, limits: RequestLimits = RequestLimits(), maxBody: Int = 1 << 20) -> Int {
    status(Array(text.utf8), limits: limits, maxBody: maxBody)
}

func status(_ bytes: [UInt8], limits: RequestLimits = RequestLimits(), maxBody: Int = 1 << 20) -> Int {
    switch events([bytes], limits: limits, maxBody: maxBody).first {
    case .request: 200
    case .refused(let status): status
    case nil: 0
    }
}
