internal import Bytes

/// Writes compact JSON into bytes, commas and escapes included. The caller keeps brackets in pairs, and a key before every
/// value of an object.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// Goes on behind `bytes`, which the writer leaves alone.
    package init(appendingTo bytes: [UInt8] = []) { self.bytes = bytes }

    package init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func beginObject() { open(0x7B) }
    package mutating func endObject() { close(0x7D) }
    package mutating func beginArray() { open(0x5B) }
    package mutating func endArray() { close(0x5D) }

    package mutating func key(_ name: String) {
        separate()
        appendJSONString(name, to: &bytes)
        bytes.append(ASCII.colon)
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        appendJSONString(value, to: &bytes)
    }

    package mutating func int(_ value: Int) {
        separate()
        appendDecimal(value, to: &bytes)
    }

    package mutating func int64(_ value: Int64) { int(Int(value)) }

    package mutating func uint64(_ value: UInt64) {
        separate()
        appendDecimal(value, to: &bytes)
    }

    /// The shortest text that reads back as the same double; null for infinities and NaN.
    package mutating func double(_ value: Double) {
        separate()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON already, as it is. The caller answers for its form.
    package mutating func raw(_ json: UnsafeRawBufferPointer) {
        separate()
        bytes.append(contentsOf: json)
    }

    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    package mutating func value(_ value: JSONValue) {
        separate()
        appendJSON(value, indent: nil, to: &bytes)
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(ASCII.comma) }
        needsComma = true
    }
}

/// Members of an object in one step; nil is written as null.
extension JSONWriter {
    package mutating func member(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { int(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Int64?) {
        key(name)
        if let value { int64(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    package mutating func member(_ name: String, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    @_disfavoredOverload
    package mutating func member(_ name: String, _ value: JSONValue) {
        key(name)
        self.value(value)
    }
}
