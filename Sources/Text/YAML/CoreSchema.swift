/// Resolves plain text by the core schema, YAML 1.2.2 section 10.3.2. Nil for a hexadecimal or octal number that is too long to convert.
func resolvePlain(_ text: String) -> YAMLValue? {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    guard let first = text.utf8.first, isDigit(first) || first == 0x2B || first == 0x2D || first == 0x2E else { return .string }
    let bytes = Array(text.utf8)
    if bytes.count > 2, bytes[0] == 0x30, bytes[1] == 0x6F || bytes[1] == 0x78 {
        return resolveRadix(bytes[2...], radix: bytes[1] == 0x6F ? 8 : 16)
    }
    switch numberShape(bytes) {
    case .integer: return resolveDecimal(bytes)
    case .float: return Double(text).map { .float($0) } ?? .string
    case .none: return .string
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

private enum NumberShape { case integer, float, none }

/// `[-+]?[0-9]+` is an integer, `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` a float.
private func numberShape(_ bytes: [UInt8]) -> NumberShape {
    var i = 0
    func digits() -> Int {
        let from = i
        while i < bytes.count, isDigit(bytes[i]) { i += 1 }
        return i - from
    }
    if bytes[0] == 0x2B || bytes[0] == 0x2D { i = 1 }
    let whole = digits()
    if i == bytes.count { return whole > 0 ? .integer : .none }
    if bytes[i] == 0x2E {
        i += 1
        if digits() == 0, whole == 0 { return .none }
    } else if whole == 0 {
        return .none
    }
    if i < bytes.count, bytes[i] == 0x65 || bytes[i] == 0x45 {
        i += 1
        if i < bytes.count, bytes[i] == 0x2B || bytes[i] == 0x2D { i += 1 }
        if digits() == 0 { return .none }
    }
    return i == bytes.count ? .float : .none
}

private func resolveDecimal(_ bytes: [UInt8]) -> YAMLValue {
    let text = String(decoding: bytes, as: UTF8.self)
    if let small = Int64(text) { return .int(small) }
    let negative = bytes[0] == 0x2D
    let digits = bytes.drop { $0 == 0x2B || $0 == 0x2D }.drop { $0 == 0x30 }
    return .bigInt((negative ? "-" : "") + String(decoding: digits, as: UTF8.self))
}

/// Converting takes time with the square of the length; no one writes such numbers by hand.
private let longestRadixNumber = 1024

/// `0o[0-7]+` and `0x[0-9a-fA-F]+`, without a sign; anything else is a string.
private func resolveRadix(_ digits: ArraySlice<UInt8>, radix: UInt64) -> YAMLValue? {
    var values: [UInt64] = []
    values.reserveCapacity(digits.count)
    for byte in digits {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80, UInt64(digit) < radix else { return .string }
        values.append(UInt64(digit))
    }
    if let small = Int64(String(decoding: digits, as: UTF8.self), radix: Int(radix)) { return .int(small) }
    guard values.count <= longestRadixNumber else { return nil }
    // Little-endian limbs of nine decimal digits.
    var limbs: [UInt64] = [0]
    for value in values {
        var carry = value
        for index in limbs.indices {
            let sum = limbs[index] * radix + carry
            limbs[index] = sum % 1_000_000_000
            carry = sum / 1_000_000_000
        }
        if carry > 0 { limbs.append(carry) }
    }
    var text = String(limbs[limbs.count - 1])
    for limb in limbs.dropLast().reversed() {
        let part = String(limb)
        text += String(repeating: "0", count: 9 - part.utf8.count) + part
    }
    return .bigInt(text)
}
