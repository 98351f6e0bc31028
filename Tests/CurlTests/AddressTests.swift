import Glibc
import Testing

import Curl

@Suite struct AddressTests {
    @Test(arguments: [
        ("8.8.8.8", AddressClass.global), ("1.1.1.1", .global), ("0.0.0.0", .unspecified), ("0.1.2.3", .unspecified), ("127.0.0.1", .loopback),
        ("127.255.255.254", .loopback), ("126.255.255.255", .global), ("128.0.0.0", .global), ("10.0.0.1", .privateUse), ("9.255.255.255", .global),
        ("11.0.0.0", .global), ("172.15.255.255", .global), ("172.16.0.0", .privateUse), ("172.31.255.255", .privateUse), ("172.32.0.0", .global),
        ("192.167.255.255", .global), ("192.168.0.1", .privateUse), ("192.169.0.0", .global), ("100.63.255.255", .global), ("100.64.0.0", .privateUse),
        ("100.127.255.255", .privateUse), ("100.128.0.0", .global), ("169.253.0.1", .global), ("169.254.169.254", .linkLocal), ("169.255.0.0", .global),
        ("223.255.255.255", .global), ("224.0.0.1", .multicast), ("239.255.255.255", .multicast), ("240.0.0.1", .reserved), ("255.255.255.255", .reserved),
        ("192.0.0.8", .reserved), ("192.0.2.1", .reserved), ("198.18.0.1", .reserved), ("198.19.0.1", .reserved), ("198.20.0.1", .global),
        ("198.51.100.1", .reserved), ("203.0.113.9", .reserved), ("192.88.99.1", .reserved),
        ("::", .unspecified), ("::1", .loopback), ("::2", .reserved), ("2606:4700::1111", .global), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
        ("fec0::1", .privateUse), ("fc00::1", .privateUse), ("fdff::1", .privateUse), ("fd00:ec2::254", .linkLocal), ("ff02::1", .multicast),
        ("2001:db8::1", .reserved), ("2001::1", .reserved), ("2001:200::1", .global), ("3fff::1", .reserved), ("100::1", .reserved), ("4000::1", .reserved),
        ("::ffff:127.0.0.1", .loopback), ("::ffff:10.0.0.1", .privateUse), ("::ffff:169.254.169.254", .linkLocal), ("::ffff:8.8.8.8", .global),
        ("::127.0.0.1", .loopback), ("64:ff9b::169.254.169.254", .linkLocal), ("64:ff9b::8.8.8.8", .global), ("64:ff9b:1::1", .reserved),
        ("2002:7f00:1::", .loopback), ("2002:a9fe:a9fe::", .linkLocal), ("2002:808:808::", .global),
    ])
    func addressesAreToldApart(text: String, expected: AddressClass) throws {
        var bytes = [UInt8](repeating: 0, count: 16)
        let family = text.contains(":") ? AF_INET6 : AF_INET
        try #require(inet_pton(family, text, &bytes) == 1)
        #expect(AddressClass(family == AF_INET ? Array(bytes[..<4]) : bytes) == expected)
    }

    @Test func anythingElseIsReserved() {
        #expect(AddressClass([]) == .reserved)
        #expect(AddressClass([127, 0, 0]) == .reserved)
    }
}
