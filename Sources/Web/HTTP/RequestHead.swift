package import Posix

/// Where a field lies, counted from the start of its request.
struct FieldSpan {
    var nameStart: UInt32 = 0
    var nameEnd: UInt32 = 0
    var valueStart: UInt32 = 0
    var valueEnd: UInt32 = 0
}

/// The request line and the fields of a request that the parser has accepted.
///
/// All views point into the connection's buffer and are valid only during the call that receives the head; copy what must stay.
/// The path is known to be well-formed: every percent-encoding is complete, none decodes to NUL, and the decoded octets are UTF-8.
package struct RequestHead: ~Copyable {
    package let method: Method
    /// Still percent-encoded, starting with `/`; the authority of an absolute-form target is stripped. `*` never gets here.
    package let path: UnsafeRawBufferPointer
    /// What follows the first `?`, unchecked; empty when there is none.
    package let query: UnsafeRawBufferPointer
    /// `uri-host [":" port]`: the authority of an absolute-form target, else the Host field; empty only for HTTP/1.0.
    package let host: UnsafeRawBufferPointer
    /// The declared length; nil without a body and for a chunked one.
    package let contentLength: Int?
    package let isChunked: Bool
    /// 0 or 1: HTTP/1.0 or HTTP/1.1 (and later 1.x).
    package let minorVersion: Int
    /// Who sent it: the peer, or whom a trusted proxy names.
    package let peer: SocketAddress

    let bytes: UnsafeRawBufferPointer
    let fields: UnsafeBufferPointer<FieldSpan>

    package var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// The first value of a field, without the white space around it. `lowercaseName` must be in lower case.
    package func header(_ lowercaseName: StaticString) -> UnsafeRawBufferPointer? {
        for field in fields where Int(field.nameEnd &- field.nameStart) == lowercaseName.utf8CodeUnitCount {
            if name(of: field).equalsIgnoringCase(lowercaseName) { return value(of: field) }
        }
        return nil
    }

    /// Every field in the order it came, repeated ones too; names as they were written.
    package func forEachHeader<Failure: Error>(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        for field in fields { try body(name(of: field), value(of: field)) }
    }

    package var headerCount: Int { fields.count }

    /// The segments between the slashes, each decoded once: `/` has none, `/a%2Fb/` has `a/b` and an empty one.
    /// `.` and `..` are segments like any other.
    package func pathSegments() -> [String] {
        var segments: [String] = []
        var start = 1
        guard path.count > 1 else { return segments }
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: path[start...])
            guard let slash = rest.firstIndex(of: 0x2F) else {
                segments.append(decodePathSegment(rest))
                return segments
            }
            segments.append(decodePathSegment(rest.slice(0, slash)))
            start += slash + 1
        }
    }

    private func name(of field: FieldSpan) -> UnsafeRawBufferPointer { bytes.slice(Int(field.nameStart), Int(field.nameEnd)) }
    private func value(of field: FieldSpan) -> UnsafeRawBufferPointer { bytes.slice(Int(field.valueStart), Int(field.valueEnd)) }
}
