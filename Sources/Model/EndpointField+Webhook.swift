internal import Bytes
internal import Crypto

/// The fields that say how webhooks are verified beyond their source, and who may call at all.
extension EndpointField {
    static let webhookFields: [EndpointField] = [
        textList("secrets", \.webhook.secrets),
        optionalDuration("webhook_tolerance", \.webhook.tolerance, 1...86_400),
        optionalText("signature_header", \.webhook.signatureHeader, check: checkHeaderName),
        optionalText("signature_prefix", \.webhook.signaturePrefix, check: checkPrefix),
        enumeration("signature_encoding", \.webhook.signatureEncoding, default: .hex),
        enumeration("signature_algorithm", \.webhook.signatureAlgorithm, default: .sha256),
        optionalText("id_header", \.webhook.idHeader, check: checkHeaderName),
        optionalText("event_header", \.webhook.eventHeader, check: checkHeaderName),
        textList("allow_from", \.allowFrom, check: checkAddressRange),
    ]

    /// A token of RFC 9110, section 5.6.2.
    private static let checkHeaderName: Check = { name in
        let isName =
            1...100 ~= name.utf8.count
            && name.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
        return isName ? nil : "'\(name)' is no name of a header, such as X-Signature"
    }

    private static let checkPrefix: Check = { prefix in
        prefix.utf8.count <= 64 && prefix.utf8.allSatisfy { 0x21...0x7e ~= $0 }
            ? nil : "a prefix is at most 64 printable characters without blanks, such as sha256="
    }

    static let checkEventWord: Check = { word in
        word.utf8.count <= 200 ? nil : "the name of an event has at most 200 bytes"
    }

    private static let checkAddressRange: Check = { text in
        do throws(AddressRangeError) {
            _ = try AddressRange(text)
            return nil
        } catch {
            return error.message
        }
    }
}
