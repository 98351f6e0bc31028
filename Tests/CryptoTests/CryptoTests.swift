import Testing

import Bytes
import Crypto

@Suite struct SHA256Tests {
    /// NIST's examples for FIPS 180 (SHA256.pdf, and the one-million-a message).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func theVectorsOfNISTHold(message: String, digest: String) {
        #expect(sha256(message).hex == digest)
        #expect(sha256([UInt8](message.utf8)).hex == digest)
    }

    @Test func partsGiveTheDigestOfTheWhole() {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        for cut in 0...message.count {
            var hasher = SHA256()
            hasher.update([UInt8](message[..<cut]))
            let copy = hasher
            hasher.update([UInt8](message[cut...]))
            #expect(hasher.digest() == sha256(message))
            #expect(copy.digest() == sha256([UInt8](message[..<cut])), "a copy goes on by itself")
        }
    }

    @Test func aDigestSurvivesBeingStoredAsBytes() {
        let digest = sha256("x")
        #expect(digest.array.count == 32)
        #expect(SHA256Digest(digest.array) == digest)
        #expect(hexDecode(digest.hex) == digest.array)
        #expect(SHA256Digest([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Set([digest, sha256("x"), sha256("y")]).count == 2)
    }
}

@Suite struct HMACTests {
    /// RFC 4231 section 4; test case 5 is the one of truncated output.
    @Test(arguments: [
        (String(repeating: "0b", count: 20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (String(repeating: "0c", count: 20), "546573742057697468205472756e636174696f6e", "a3b6167473100ee06e0c796c2955552b"),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            String(repeating: "aa", count: 131),
            "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c61726765"
                + "72207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265"
                + "696e6720757365642062792074686520484d414320616c676f726974686d2e",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ])
    func theVectorsOfRFC4231Hold(key: String, message: String, mac: String) throws {
        let signed = HMACKey(try #require(hexDecode(key))).sign(try #require(hexDecode(message)))
        #expect(signed.hex.hasPrefix(mac))
    }

    /// From GitHub's page on validating webhook deliveries.
    @Test func gitHubsDocumentedExampleHolds() {
        let mac = HMACKey("It's a Secret to Everybody").sign("Hello, World!")
        #expect(mac.hex == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
    }

    @Test func partsAreSignedAsOneMessage() {
        let key = HMACKey("k")
        let whole = key.sign("1700000000.body.tail")
        withBytes(of: "1700000000.") { a in
            withBytes(of: "body") { b in
                withBytes(of: ".tail") { c in
                    #expect(key.sign(a, b, c) == whole)
                    #expect(key.sign([a, b, c]) == whole)
                    #expect(key.sign(a, b) != whole)
                }
            }
        }
    }

    /// HMAC-SHA256 of nothing with an empty key is a known value.
    @Test func anEmptyKeyAndAnEmptyMessageAreAllowed() {
        #expect(HMACKey("").sign("").hex == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func oneKeySignsOnManyThreadsAtOnce() async {
        let key = HMACKey("shared")
        let messages = (0..<50).map { "message \($0)" }
        let expected = messages.map { HMACKey("shared").sign($0) }
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { zip(messages, expected).filter { key.sign($0.0) != $0.1 }.count }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}

@Suite struct SecretTests {
    @Test func comparisonLooksAtEveryByteAndAtTheLength() {
        let secret = [UInt8]("0123456789abcdef".utf8)
        #expect(constantTimeEqual(secret, secret))
        #expect(constantTimeEqual([], []))
        #expect(!constantTimeEqual(secret, []))
        #expect(!constantTimeEqual(secret, [UInt8](secret.dropLast())))
        for index in secret.indices {
            var other = secret
            other[index] ^= 1
            #expect(!constantTimeEqual(secret, other))
        }
        #expect(constantTimeEqual(sha256("a"), sha256("a")))
        #expect(!constantTimeEqual(sha256("a"), sha256("b")))
        #expect(sha256("a").array.withUnsafeBytes { constantTimeEqual(sha256("a"), $0) })
    }

    @Test func randomBytesHaveTheAskedCountAndDiffer() throws {
        #expect(try randomBytes(0).isEmpty)
        #expect(try Set((0..<100).map { _ in try randomBytes(16) }).count == 100)
        #expect(try randomBytes(1000).count == 1000)
        #expect(throws: RandomError.self) { try randomBytes(-1) }
    }
}
