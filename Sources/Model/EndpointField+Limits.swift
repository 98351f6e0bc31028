/// The fields that bound what comes in.
extension EndpointField {
    static let limitFields: [EndpointField] = [
        optionalSize("max_body", \.maxBody, 1...(32 << 20)),
        optionalText("rate_limit", \.rateLimit, check: checkRateLimit),
    ]

    package static let checkRateLimit: Check = { text in
        RateLimit(text) == nil
            ? "expected a rate such as 60/min or 5/s burst 20 (1 to 100000 in s, min, h, d, or a duration such as 10s), not '\(text)'" : nil
    }

    /// Bytes: a number, or a text such as `512KiB` or `10MiB`.
    private static func optionalSize(_ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                if value == .null {
                    settings[keyPath: path] = nil
                    return []
                }
                guard let bytes = byteCount(value), range.contains(bytes) else {
                    let got = if case .string(let text) = value { "'\(text)'" } else { value.kind }
                    return [
                        SettingProblem(
                            "expected bytes from \(range.lowerBound) to \(range.upperBound), as a number or such as 512KiB or 10MiB, not \(got)")
                    ]
                }
                settings[keyPath: path] = bytes
                return []
            },
            read: { $0[keyPath: path].map { .integer(Int64($0)) } ?? .null }, hasNoEffect: false)
    }

    private static func byteCount(_ value: SettingValue) -> Int? {
        switch value {
        case .integer(let number): return Int(exactly: number)
        case .string(let text):
            let units = [("KiB", 1 << 10), ("MiB", 1 << 20)]
            guard let (unit, size) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
            let digits = text.dropLast(unit.count)
            guard 1...6 ~= digits.utf8.count, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let count = Int(digits) else { return nil }
            return count * size
        default: return nil
        }
    }
}
