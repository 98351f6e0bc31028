/// The number that one or more ASCII digits stand for; nil for anything else (sign, space, empty) and above UInt64.max.
package func parseDecimal(_ digits: UnsafeRawBufferPointer) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in digits {
        guard ASCII.isDigit(byte) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- ASCII.zero))
        guard !overflow, !carry else { return nil }
        value = sum
    }
    return value
}

/// As above, as a non-negative Int; nil above Int.max.
package func parseDecimalInt(_ digits: UnsafeRawBufferPointer) -> Int? {
    parseDecimal(digits).flatMap { Int(exactly: $0) }
}

package func parseDecimal(_ digits: String) -> UInt64? {
    withBytes(of: digits) { parseDecimal($0) }
}

package func parseDecimalInt(_ digits: String) -> Int? {
    parseDecimal(digits).flatMap { Int(exactly: $0) }
}

/// Appends the decimal digits of `value`, with zeros in front up to `width`.
package func appendDecimal(_ value: UInt64, width: Int = 1, to output: inout [UInt8]) {
    var length = 1
    var rest = value / 10
    while rest > 0 {
        length += 1
        rest /= 10
    }
    let total = max(length, width)
    let start = output.count
    for _ in 0..<total { output.append(ASCII.zero) }
    rest = value
    var position = start + total - 1
    while rest > 0 {
        output[position] = ASCII.zero + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        position -= 1
    }
}

/// Appends a signed number in decimal.
package func appendDecimal(_ value: Int, to output: inout [UInt8]) {
    if value < 0 { output.append(ASCII.minus) }
    appendDecimal(UInt64(value.magnitude), to: &output)
}

/// Appends lower-case hexadecimal digits without leading zeros, as chunk sizes of HTTP are written.
package func appendHexadecimal(_ value: UInt64, to output: inout [UInt8]) {
    var shift = max(0, (63 - value.leadingZeroBitCount) / 4 * 4)
    if value == 0 { shift = 0 }
    while shift >= 0 {
        output.append(hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15))
        shift -= 4
    }
}

/// With commas between groups of three digits: `1,048,576`.
package func groupedDecimal(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
}
