/// Seconds of a duration such as `90s`, `5m`, `2h`, `1d`, `1w` or `1h30m`, or of a plain number, which counts seconds; nil for all else.
package func durationSeconds(_ text: String) -> Int? {
    var total = 0
    var number: Int?
    var lastUnit = Int.max
    for byte in text.utf8 {
        if (0x30...0x39).contains(byte) {
            let (grown, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
            guard !overflow, grown < 1 << 40 else { return nil }
            number = grown + Int(byte - 0x30)
            continue
        }
        let units: [UInt8: Int] = [
            UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400, UInt8(ascii: "w"): 604_800,
        ]
        // Each unit once, larger ones first.
        guard let count = number, let unit = units[byte], unit < lastUnit else { return nil }
        total += count * unit
        lastUnit = unit
        number = nil
    }
    if let count = number {
        guard lastUnit == .max else { return nil }
        return count
    }
    return lastUnit == .max ? nil : total
}

/// The shortest text that `durationSeconds` reads as so many seconds: `90s` is `1m30s`.
package func durationText(_ seconds: Int) -> String {
    var rest = seconds
    var text = ""
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] where rest >= size {
        text += "\(rest / size)\(unit)"
        rest %= size
    }
    return text.isEmpty ? "0s" : text
}
