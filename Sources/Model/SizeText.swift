/// Bytes of a size such as `500MiB`, `2GiB`, `1.5TiB`, `10GB` or of a plain number, which counts bytes; nil for all else.
package func sizeBytes(_ text: String) -> Int64? {
    let units: [(name: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000), ("B", 1),
    ]
    let unit = units.first { text.hasSuffix($0.name) }
    var number = Substring(text).dropLast(unit?.name.utf8.count ?? 0)
    while number.last == " " { number = number.dropLast() }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    let digits = parts.joined()
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), digits.utf8.count <= 15,
        digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(digits)
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: unit?.bytes ?? 1)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return product }
    // A part of a byte is no size.
    guard unit != nil, unit?.name != "B" else { return nil }
    return (0..<parts[1].utf8.count).reduce(product) { size, _ in size / 10 }
}
