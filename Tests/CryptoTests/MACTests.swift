import Testing

import Bytes
import Crypto

/// HMAC with the other hash functions that senders use.
@Suite struct MACTests {
    /// RFC 2202 section 3 (SHA-1), RFC 4231 sections 4.2, 4.3 and 4.7 (SHA-256, SHA-512).
    @Test(arguments: [
        (HMACAlgorithm.sha1, String(repeating: "0b", count: 20), "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00"),
        (.sha1, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            .sha1, String(repeating: "aa", count: 80),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
        (
            .sha256, String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            .sha512, String(repeating: "0b", count: 20), "4869205468657265",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        ),
        (
            .sha512, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
    ])
    func theVectorsOfTheStandardsHold(algorithm: HMACAlgorithm, key: String, message: String, mac: String) throws {
        let key = MACKey(try #require(hexDecode(key)), algorithm)
        let bytes = try #require(hexDecode(message))
        #expect(hexEncode(bytes.withUnsafeBytes { key.sign([$0]) }) == mac)
        #expect(mac.count == 2 * algorithm.byteCount)
        bytes.withUnsafeBytes { whole in
            for cut in 0...whole.count {
                #expect(hexEncode(key.sign([whole.part(0, cut), whole.part(cut, whole.count)])) == mac, "cut at \(cut)")
            }
        }
    }

    @Test func bothKindsOfKeysAgree() {
        withBytes(of: "message") { bytes in
            #expect(MACKey([1, 2, 3], .sha256).sign([bytes]) == HMACKey([1, 2, 3]).sign(bytes).array)
        }
    }
}
