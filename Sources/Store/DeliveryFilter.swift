/// A Bloom filter over the hashes in `delivery_hashes`: for an id that is new, which nearly all are, it saves the look into the table.
///
/// Ten bits and four probes for each id answer about one new id in a hundred wrongly with "maybe". Built once on the upkeep's thread and
/// given to the writer, which alone touches it from then on.
struct DeliveryFilter: Sendable {
    private var words: [UInt64]
    private let mask: UInt64
    private(set) var count = 0
    let capacity: Int

    /// - Parameter capacity: ids that it can take before it answers "maybe" too often.
    init(capacity: Int) {
        var bits = 1 << 20
        while bits < capacity * 10 { bits *= 2 }
        words = [UInt64](repeating: 0, count: bits / 64)
        mask = UInt64(bits - 1)
        self.capacity = bits / 10
    }

    mutating func insert(_ hash: Int64) {
        for probe in 0..<4 {
            let bit = Self.bit(hash, probe) & mask
            words[Int(bit >> 6)] |= 1 << (bit & 63)
        }
        count += 1
    }

    func mayContain(_ hash: Int64) -> Bool {
        for probe in 0..<4 {
            let bit = Self.bit(hash, probe) & mask
            if words[Int(bit >> 6)] & (1 << (bit & 63)) == 0 { return false }
        }
        return true
    }

    /// Two hashes make as many as are wanted (Kirsch and Mitzenmacher, 2006). The second is the other half of the same one.
    private static func bit(_ hash: Int64, _ probe: Int) -> UInt64 {
        let first = UInt64(bitPattern: hash)
        return first &+ UInt64(probe) &* (first >> 32 | 1)
    }
}
