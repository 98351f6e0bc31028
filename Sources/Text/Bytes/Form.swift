/// One field of an `application/x-www-form-urlencoded` body or of a query string, decoded.
package struct FormField: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

package enum FormError: Error, Sendable, Equatable {
    /// More fields than the caller allows.
    case tooManyFields(limit: Int)
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8, in the field with this number, from 1.
    case malformed(field: Int)
}

/// The fields of a form in their order, repeated names kept (WHATWG URL, section 5.1, but strict about escapes and UTF-8,
/// which the standard would replace). A field without `=` has an empty value; empty fields (`a=1&&b=2`) are passed over.
package func parseForm(_ bytes: UnsafeRawBufferPointer, maxFields: Int = 1000) throws(FormError) -> [FormField] {
    var fields: [FormField] = []
    var start = 0
    while start < bytes.count {
        let end = bytes.firstOffset(of: ASCII.ampersand, from: start) ?? bytes.count
        if end > start {
            guard fields.count < maxFields else { throw .tooManyFields(limit: maxFields) }
            guard let field = parseField(bytes.part(start, end)) else { throw .malformed(field: fields.count + 1) }
            fields.append(field)
        }
        start = end + 1
    }
    return fields
}

package func parseForm(_ bytes: [UInt8], maxFields: Int = 1000) throws(FormError) -> [FormField] {
    // withUnsafeBytes rethrows untyped, so the outcome is carried out as a value.
    let outcome: Result<[FormField], FormError> = bytes.withUnsafeBytes { buffer in
        Result { () throws(FormError) in try parseForm(buffer, maxFields: maxFields) }
    }
    return try outcome.get()
}

package func parseForm(_ text: String, maxFields: Int = 1000) throws(FormError) -> [FormField] {
    try parseForm([UInt8](text.utf8), maxFields: maxFields)
}

/// Text as a form or query value: unreserved characters as they are, a space as `+`, all else percent-encoded.
package func formEncode(_ fields: [FormField]) -> String {
    fields.map { formEncode($0.name) + "=" + formEncode($0.value) }.joined(separator: "&")
}

private func formEncode(_ text: String) -> String {
    text.utf8.split(separator: ASCII.space, omittingEmptySubsequences: false)
        .map { percentEncode([UInt8]($0)) }.joined(separator: "+")
}

private func parseField(_ bytes: UnsafeRawBufferPointer) -> FormField? {
    let equals = bytes.firstOffset(of: ASCII.equals) ?? bytes.count
    let valueStart = min(equals + 1, bytes.count)
    guard let name = percentDecode(bytes.part(0, equals), plusIsSpace: true).flatMap(utf8String),
        let value = percentDecode(bytes.part(valueStart, bytes.count), plusIsSpace: true).flatMap(utf8String)
    else { return nil }
    return FormField(name: name, value: value)
}
