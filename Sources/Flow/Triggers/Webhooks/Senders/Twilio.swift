internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Twilio: Base64 of an HMAC-SHA1 of the address as it called it, and of the form's fields behind it. The hash of a JSON body stands in
    /// the address, as `bodySHA256` (www.twilio.com/docs/usage/webhooks/webhooks-security). No event is named.
    static let twilio = WebhookScheme(
        .twilio, bodies: .jsonOrForm, id: [.header("i-twilio-idempotency-token")], event: []
    ) { TwilioSignature(keys: $0.keys.map { MACKey($0.bytes, .sha1) }) }
}

private struct TwilioSignature: SignatureCheck {
    let keys: [MACKey]

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        guard let header = message.filledHeader("x-twilio-signature") else { throw .missingSignature }
        guard header.count == 28, let claimed = base64Decode(header), let url = message.url else { throw .wrongSignature }
        let fields = try message.isForm ? signedFields(message.body) : Self.nothingButTheHash(message.body, url)
        var found: Int?
        for (index, key) in keys.enumerated() {
            for address in Self.spellings(url) {
                let expected = withBytes(of: address) { address in fields.withUnsafeBytes { key.sign([address, $0]) } }
                if constantTimeEqual(expected, claimed) { found = found ?? index + 1 }
            }
        }
        guard let found else { throw .wrongSignature }
        return Proof(secret: found)
    }

    /// Names and values without anything between them, sorted by name; of a name that comes several times every value once, sorted.
    private func signedFields(_ body: UnsafeRawBufferPointer) throws(Refusal) -> [UInt8] {
        guard let fields = try? parseForm(body, maxFields: 1000) else { throw .wrongSignature }
        let pairs = fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }.sorted {
            $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        var signed: [UInt8] = []
        for (index, pair) in pairs.enumerated() where index == 0 || pair != pairs[index - 1] { signed += pair.name + pair.value }
        return signed
    }

    /// A body that is no form is signed through its hash in the address alone; without one, anybody could have written it.
    private static func nothingButTheHash(_ body: UnsafeRawBufferPointer, _ url: String) throws(Refusal) -> [UInt8] {
        guard let mark = url.utf8.firstIndex(of: UInt8(ascii: "?")), let query = try? parseForm(String(url[mark...].dropFirst()), maxFields: 100),
            let claimed = query.first(where: { $0.name == "bodySHA256" }).flatMap({ hexDecode($0.value) }).flatMap({ SHA256Digest($0) }),
            constantTimeEqual(sha256(body), claimed)
        else { throw .wrongSignature }
        return []
    }

    /// The address as it stands, and with or without the port that its scheme implies: Twilio's products differ in that, and its own
    /// libraries try both.
    static func spellings(_ url: String) -> [String] {
        guard let mark = url.firstRange(of: "://") else { return [url] }
        let scheme = url[..<mark.upperBound]
        let end = url[mark.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        let (authority, rest) = (url[mark.upperBound..<end], url[end...])
        let port = scheme.lowercased() == "https://" ? ":443" : ":80"
        if authority.hasSuffix(port) { return [url, "\(scheme)\(authority.dropLast(port.count))\(rest)"] }
        // The colons of an IPv6 address stand in brackets.
        let behindAddress = authority.lastIndex(of: "]").map { authority[$0...] } ?? authority
        return behindAddress.contains(":") ? [url] : [url, "\(scheme)\(authority)\(port)\(rest)"]
    }
}
