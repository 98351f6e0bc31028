internal import Bytes
internal import Crypto

/// A message of a webhook sender as it came over HTTP. Views are valid during the call that receives it.
package struct WebhookMessage {
    /// The raw body, before any decoding.
    package let body: UnsafeRawBufferPointer
    /// Names and values in the order they came; names as they were written.
    package let headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)]
    package let peer: String
    /// Microseconds since 1970 UTC.
    package let receivedAt: Int64
    /// The address as the sender called it, with its query; only where the source signs it.
    package let url: String?

    package init(
        body: UnsafeRawBufferPointer, headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)], peer: String,
        receivedAt: Int64, url: String? = nil
    ) {
        self.body = body
        self.headers = headers
        self.peer = peer
        self.receivedAt = receivedAt
        self.url = url
    }

    /// The first value of a header; names compare without case.
    package func header(_ name: StaticString) -> UnsafeRawBufferPointer? {
        headers.first { asciiCaseInsensitiveEqual($0.name, name) }?.value
    }

    /// The same for a name that the configuration gave.
    func header(named name: String) -> UnsafeRawBufferPointer? {
        withBytes(of: name) { wanted in headers.first { asciiCaseInsensitiveEqual($0.name, wanted) }?.value }
    }

    /// The first value of a header that is not empty.
    func filledHeader(_ name: StaticString) -> UnsafeRawBufferPointer? {
        guard let value = header(name), !value.isEmpty else { return nil }
        return value
    }

    var isForm: Bool {
        guard let type = header("content-type") else { return false }
        let name: StaticString = "application/x-www-form-urlencoded"
        let length = name.utf8CodeUnitCount
        guard type.count >= length, asciiCaseInsensitiveEqual(type.part(0, length), name) else { return false }
        return type.count == length || type[length] == UInt8(ascii: ";") || ASCII.isBlank(type[length])
    }
}

/// A sender's id as it is kept: itself where it can stand in rows, pages and logs, else its hash, so that repeats are recognised all the
/// same. Nil when it is empty.
func deliveryID(_ value: UnsafeRawBufferPointer) -> String? {
    value.isEmpty ? nil : headerText(value) ?? "sha256:\(sha256(value).hex)"
}

/// A header's value as text, when it is printable ASCII of at most `limit` bytes: ids and event names go into rows, pages and logs.
func headerText(_ value: UnsafeRawBufferPointer?, limit: Int = 200) -> String? {
    guard let value, !value.isEmpty, value.count <= limit, value.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return nil }
    return String(decoding: value, as: UTF8.self)
}
