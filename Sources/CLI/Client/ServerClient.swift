internal import JSON

/// Speaks to a running server on behalf of one command.
struct ServerClient {
    let address: ServerAddress
    let adminToken: String?
    let apiKey: String?

    /// What a route wants; the message about a 401 says where that comes from.
    enum Credential { case adminToken, apiKey }

    /// One answer, its body whole.
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    /// Seconds that an ordinary answer may take.
    static let patience = 30
    /// Most bytes of an answer that are kept.
    static let largestAnswer = 64 * 1024 * 1024

    /// The JSON of a management route; throws what the server said when the status is no 2xx.
    func json(
        _ method: String, _ path: [String], query: [(String, String)] = [], body: JSONValue? = nil
    ) throws(CommandFailure) -> JSONValue {
        let answer = try send(method, path, query: query, body: body)
        try check(answer, .adminToken)
        if answer.body.isEmpty { return .null }
        do { return try parseJSON(answer.body, maxDepth: 256, duplicateKeys: .lastWins) } catch {
            throw CommandFailure("\(address.text) answered something that is not JSON (\(error)); is this a Sluice server?")
        }
    }

    /// The bytes of a management route.
    func bytes(_ path: [String]) throws(CommandFailure) -> [UInt8] {
        let answer = try send("GET", path)
        try check(answer, .adminToken)
        return answer.body
    }

    func send(
        _ method: String, _ path: [String], query: [(String, String)] = [], body: JSONValue? = nil
    ) throws(CommandFailure) -> Answer {
        var headers = [("Accept", "application/json")] + credentials
        if body != nil { headers.append(("Content-Type", "application/json")) }
        // A POST without a body says that its length is 0 (RFC 9110, section 8.6).
        let bytes = body?.encoded() ?? (method == "POST" ? [] : nil)
        let exchange = Exchange(
            method: method, url: address.url(path, query: query), headers: headers, body: bytes, seconds: Self.patience)
        var answer: [UInt8] = []
        let status = try perform(exchange, at: address) { _, part in
            answer.append(contentsOf: part)
            return answer.count <= Self.largestAnswer
        }
        return Answer(status: status, body: answer)
    }

    var credentials: [(String, String)] {
        (adminToken.map { [("Authorization", "Bearer \($0)")] } ?? []) + (apiKey.map { [("X-API-Key", $0)] } ?? [])
    }

    func check(_ answer: Answer, _ credential: Credential) throws(CommandFailure) {
        if (200..<300).contains(answer.status) { return }
        let problem = Problem(status: answer.status, body: answer.body)
        guard answer.status == 401 else { throw CommandFailure(problem.message) }
        if problem.code?.hasPrefix("signature_") == true {
            throw CommandFailure("this endpoint is a webhook: it takes what its sender has signed, and no call\n  " + problem.message)
        }
        throw CommandFailure(unauthorised(credential) + "\n  " + problem.message)
    }

    private func unauthorised(_ credential: Credential) -> String {
        switch credential {
        case .adminToken where adminToken == nil:
            "\(address.text) wants the admin token: set SLUICE_TOKEN (or SLUICE_ADMIN_TOKEN), or give --token-file FILE"
        case .adminToken: "\(address.text) does not know this token: look at SLUICE_TOKEN, SLUICE_ADMIN_TOKEN or --token-file"
        case .apiKey where apiKey == nil:
            "this endpoint wants an API key: set SLUICE_API_KEY, or give --key-file FILE (sluice keys create makes one)"
        case .apiKey: "this API key is not accepted: look at SLUICE_API_KEY or --key-file"
        }
    }

    /// Items of a list, newest page first, following cursors until there are `limit` of them (nil: all).
    func items(_ path: [String], query: [(String, String)], limit: Int?) throws(CommandFailure) -> (items: [JSONValue], hasMore: Bool) {
        var items: [JSONValue] = []
        var cursor: String?
        while true {
            let page = min(Self.largestPage, limit.map { $0 - items.count } ?? Self.largestPage)
            let here = query + [("limit", String(page))] + (cursor.map { [("cursor", $0)] } ?? [])
            let answer = try json("GET", path, query: here)
            guard let found = answer["items"]?.array else {
                throw CommandFailure("\(address.text) answered no list; is this a Sluice server?")
            }
            items += found
            let next = answer["next_cursor"]?.string
            if let limit, items.count >= limit { return (Array(items.prefix(limit)), next != nil || items.count > limit) }
            // A page of a filtered list may be empty and still go on; a server that sends the same cursor again would be asked for ever.
            guard let next, next != cursor else { return (items, false) }
            cursor = next
        }
    }

    private static let largestPage = 1000
}

/// An id as it may stand in a path; throws misuse for everything that the server can't have made.
func checkedID(_ text: String) throws(CommandFailure) -> String {
    guard !text.isEmpty, text.utf8.count <= 64, text.utf8.allSatisfy({ isIDByte($0) }) else {
        throw .misuse("\"\(visible(text))\" is no id")
    }
    return text
}

private func isIDByte(_ byte: UInt8) -> Bool {
    byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x2D || byte == 0x5F
}
