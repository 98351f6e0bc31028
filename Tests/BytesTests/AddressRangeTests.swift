import Testing

import Bytes

/// Blocks of addresses as `allow_from` takes them.
@Suite struct AddressRangeTests {
    /// An address of four or sixteen octets as a socket's address has it.
    private func halves(_ octets: [UInt8]) -> (UInt64, UInt64, Bool) {
        let full = octets + [UInt8](repeating: 0, count: 16 - octets.count)
        let half: (ArraySlice<UInt8>) -> UInt64 = { $0.reduce(0) { $0 << 8 | UInt64($1) } }
        return (half(full[..<8]), half(full[8...]), octets.count == 16)
    }

    private func contains(_ range: String, _ octets: [UInt8]) throws -> Bool {
        let (high, low, isIPv6) = halves(octets)
        return try AddressRange(range).contains(high: high, low: low, isIPv6: isIPv6)
    }

    @Test(arguments: [
        ("192.30.252.0/22", [192, 30, 252, 0], true), ("192.30.252.0/22", [192, 30, 255, 255], true), ("192.30.252.0/22", [192, 31, 0, 0], false),
        ("192.30.252.0/22", [192, 30, 251, 255], false), ("10.0.0.0/8", [10, 255, 255, 255], true), ("10.0.0.0/8", [11, 0, 0, 0], false),
        ("203.0.113.7", [203, 0, 113, 7], true), ("203.0.113.7", [203, 0, 113, 6], false), ("203.0.113.7/32", [203, 0, 113, 7], true),
        ("0.0.0.0/0", [255, 255, 255, 255], true), ("128.0.0.0/1", [127, 255, 255, 255], false), ("128.0.0.0/1", [128, 0, 0, 0], true),
        ("255.255.255.254/31", [255, 255, 255, 255], true), ("0.0.0.0/0", [UInt8](repeating: 0, count: 16), false),
    ] as [(String, [UInt8], Bool)])
    func anIPv4BlockHoldsItsAddresses(range: String, octets: [UInt8], expected: Bool) throws {
        #expect(try contains(range, octets) == expected)
    }

    @Test(arguments: [
        ("2a0a:a440::/29", [0x2a, 0x0a, 0xa4, 0x40], true), ("2a0a:a440::/29", [0x2a, 0x0a, 0xa4, 0x47, 255], true),
        ("2a0a:a440::/29", [0x2a, 0x0a, 0xa4, 0x48], false), ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], true),
        ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], false), ("::/0", [1, 2, 3], true), ("2001:db8::/32", [0x20, 0x01, 0x0d, 0xb8, 9], true),
        ("2001:db8:0:0:1:2:3:4/127", [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 5], true),
        ("2001:DB8::1:0:0:0:0/65", [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1], true),
        ("64:ff9b::192.0.2.0/120", [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 99], true),
        ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0], true),
    ] as [(String, [UInt8], Bool)])
    func anIPv6BlockHoldsItsAddresses(range: String, octets: [UInt8], expected: Bool) throws {
        #expect(try contains(range, octets + [UInt8](repeating: 0, count: 16 - octets.count)) == expected)
    }

    @Test(arguments: [
        "", "/", "/8", "10", "10.0.0", "10.0.0.0.0", "10.0.0.0.0.0", "10.0.0.256", "10.0.0.1000", "010.0.0.0/8", "10.0.0.00", "10.0.0.-1", " 10.0.0.0",
        "10.0.0.0 ", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/a", "10.0.0.0/255.0.0.0", "10.0.0.1/8",
        "0x0a.0.0.0", "example.org", ":", ":::", ":1", "1:", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "12345::", "g::",
        "fe80::1%eth0", "[::1]", "::1/129", "::/00", "2001:db8::1/32", "1.2.3.4::", "::1.2.3", "::1.2.3.4.5", "::ffff:192.0.2.0/120", "::ffff:c000:207",
        "::1.2.3.4:5", "::192.0.2.010", String(repeating: "0:", count: 40),
    ])
    func whatIsNoBlockIsRefused(text: String) {
        let error = #expect(throws: AddressRangeError.self) { try AddressRange(text) }
        #expect(error?.message.isEmpty == false)
    }

    @Test func aMistakeIsToldWithWhatWasMeant() {
        for (text, meant) in [("192.30.253.7/22", "192.30.252.0/22"), ("::ffff:192.0.2.0/120", "192.0.2.0/24")] {
            let error = #expect(throws: AddressRangeError.self) { try AddressRange(text) }
            #expect(error?.message.contains(meant) == true)
        }
    }
}
