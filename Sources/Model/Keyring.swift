internal import Bytes
internal import Crypto

/// The kinds of rows that have an id for the outside.
package enum PublicIDKind: UInt8, Sendable {
    case approval = 1, run = 2, delivery = 3, call = 4, apiKey = 5, event = 6, rejection = 7, notification = 8, silence = 9
}

/// Names rows for the outside without storing the names: ids and link tokens are derived from a row's number by a keyed MAC, so that no
/// index is needed to find the row again and no table, outbox or log ever holds a link.
///
/// The key stands in a file of its own in the data directory. Whoever loses it loses the links that are out.
package final class Keyring: Sendable {
    private let ids: HMACKey
    private let links: HMACKey
    private let callbacks: [UInt8]

    /// `master` is 32 random bytes; the keys for different uses are derived from it.
    package init(master: [UInt8]) {
        let root = HMACKey(master)
        ids = HMACKey(root.sign("sluice public id 1").array)
        links = HMACKey(root.sign("sluice approve link 1").array)
        callbacks = Array(root.sign("sluice callback signature 1").array.prefix(24))
    }

    /// The secret with which outcome callbacks are signed, in the form of Standard Webhooks: `whsec_` and Base64.
    package var callbackSecret: [UInt8] { callbacks }

    // MARK: Ids

    /// A UUID of version 8 (RFC 9562, section 5.8): 48 bits of the row's number, so that ids sort by time and an operator finds the row,
    /// and 74 bits of a MAC over kind and number, so that ids cannot be guessed.
    package func uuid(_ kind: PublicIDKind, _ number: Int64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        appendUUID(kind, number, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same, as the end of a text that is being built.
    package func appendUUID(_ kind: PublicIDKind, _ number: Int64, to text: inout [UInt8]) {
        mac(ids, kind.rawValue, number).withUnsafeBytes { mac in
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
                var byte = index < 6 ? UInt8(truncatingIfNeeded: number >> Int64(40 - 8 * index)) : mac[index]
                if index == 6 { byte = 0x80 | (byte & 0x0f) }
                if index == 8 { byte = 0x80 | (byte & 0x3f) }
                text.append(hexDigit(byte >> 4))
                text.append(hexDigit(byte & 15))
            }
        }
    }

    /// The row's number of a UUID that `uuid` made for this kind; nil for every other text.
    package func number(_ kind: PublicIDKind, _ uuid: String) -> Int64? {
        let utf8 = Array(uuid.utf8)
        guard utf8.count == 36 else { return nil }
        guard let bytes = hexDecode(utf8.filter { $0 != UInt8(ascii: "-") }), bytes.count == 16 else { return nil }
        let number = bytes[..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let expected = Array(self.uuid(kind, number).utf8)
        return constantTimeEqual(expected, Array(uuid.lowercased().utf8)) ? number : nil
    }

    /// The row's number of the beginning of an id: the first 13 characters, which hold all of it, or more. They can be guessed, so this is for
    /// those who may see every row.
    package func number(_ kind: PublicIDKind, beginning: String) -> Int64? {
        guard 13..<36 ~= beginning.utf8.count else { return nil }
        let digits = beginning.utf8.prefix(13).filter { $0 != UInt8(ascii: "-") }
        guard let bytes = hexDecode(digits), bytes.count == 6 else { return nil }
        let number = bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return uuid(kind, number).hasPrefix(beginning.lowercased()) ? number : nil
    }

    // MARK: Approve links

    /// The token of an approval's link: the approval's number (8 bytes) and a 256-bit MAC over it, in Base64 for URLs (54 characters).
    package func linkToken(approval number: Int64) -> String {
        var text: [UInt8] = []
        appendLinkToken(approval: number, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same, as the end of a text that is being built.
    package func appendLinkToken(approval number: Int64, to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { bytes in
            bytes.storeBytes(of: number.bigEndian, as: Int64.self)
            mac(links, 0, number).withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[8...]).copyMemory(from: $0) }
            base64Append(UnsafeRawBufferPointer(bytes), alphabet: .url, padded: false, to: &text)
        }
    }

    /// The approval's number of a token that `linkToken` made; nil for every other text. Takes the same time for all wrong MACs.
    package func approvalNumber(linkToken: String) -> Int64? {
        guard linkToken.utf8.count == 54,
            let bytes = base64Decode(linkToken, alphabet: .url, padding: .forbidden), bytes.count == 40
        else { return nil }
        let number = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let expected = mac(links, 0, number).array
        return constantTimeEqual(expected, Array(bytes[8...])) ? number : nil
    }

    private func mac(_ key: HMACKey, _ kind: UInt8, _ number: Int64) -> SHA256Digest {
        withUnsafeTemporaryAllocation(byteCount: 9, alignment: 1) { bytes in
            bytes[0] = kind
            bytes.storeBytes(of: number.bigEndian, toByteOffset: 1, as: Int64.self)
            return key.sign(UnsafeRawBufferPointer(bytes))
        }
    }
}
