internal import Bytes
internal import TimeZones

/// An instant as RFC 3339 in UTC with milliseconds: `2026-11-22T21:00:00.000Z`.
package func instantText(_ microseconds: Int64) -> String {
    let seconds = floorDivide(Int(microseconds), 1_000_000)
    let milliseconds = (Int(microseconds) - seconds * 1_000_000) / 1000
    guard let whole = Timestamp.format(seconds: Int64(seconds), offset: 0, zulu: true) else { return "out of range" }
    var text = Array(whole.utf8.dropLast())
    text.append(UInt8(ascii: "."))
    appendDecimal(UInt64(milliseconds), width: 3, to: &text)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
}

/// The same without a fraction, for fire times, which are whole seconds.
package func fireTimeText(_ microseconds: Int64) -> String {
    Timestamp.format(seconds: Int64(floorDivide(Int(microseconds), 1_000_000)), offset: 0, zulu: true) ?? "out of range"
}

/// The instant that `fireTimeText` has written so, in microseconds since 1970; nil for any other text.
package func fireTime(_ text: String) -> Int64? {
    guard let seconds = Timestamp(rfc3339: text)?.seconds, Timestamp.format(seconds: seconds, offset: 0, zulu: true) == text else { return nil }
    let (time, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : time
}
