import Crypto
import Model
import TestKit
import Testing

@Suite struct KeyringTests {
    private let keyring = Keyring(master: Array(repeating: 7, count: 32))
    private let kinds: [PublicIDKind] = [.approval, .run, .delivery, .call, .apiKey, .event]

    @Test func `an id leads back to its number, for its own kind alone`() {
        for number in [1, 2, 255, 256, 123_456_789, (1 << 48) - 1] as [Int64] {
            for kind in kinds {
                let id = keyring.uuid(kind, number)
                #expect(keyring.number(kind, id) == number)
                for other in kinds where other != kind { #expect(keyring.number(other, id) == nil) }
            }
        }
    }

    @Test func `the beginning of an id leads to its number where that is wanted, and only a right one`() {
        for number in [1, 255, 65_536, 123_456_789, (1 << 48) - 1] as [Int64] {
            let id = keyring.uuid(.run, number)
            for length in 13..<36 {
                #expect(keyring.number(.run, beginning: String(id.prefix(length))) == number)
                #expect(keyring.number(.run, String(id.prefix(length))) == nil)
            }
            #expect(keyring.number(.run, beginning: id.prefix(20).uppercased()) == number)
            for wrong in [String(id.prefix(12)), id, String(id.prefix(19)) + "x", "x" + id.dropFirst().prefix(14), id.prefix(18) + "--"] {
                #expect(keyring.number(.run, beginning: wrong) == nil, "\(wrong)")
            }
        }
    }

    @Test func `an id is a UUID of version 8 and variant 10`() {
        for number in 1...200 {
            let parts = keyring.uuid(.run, Int64(number)).split(separator: "-").map(String.init)
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[2].hasPrefix("8") && ["8", "9", "a", "b"].contains(parts[3].prefix(1)))
            #expect(parts.joined().allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }

    @Test func `ids sort by time and cannot be guessed from each other`() {
        let ids = (1...300).map { keyring.uuid(.approval, $0) }
        #expect(ids == ids.sorted())
        #expect(Set(ids.map { $0.suffix(21) }).count == 300)
        #expect(Keyring(master: Array(repeating: 8, count: 32)).number(.approval, ids[0]) == nil)
    }

    @Test func `an id that was tampered with at any place leads nowhere`() {
        let id = Array(keyring.uuid(.approval, 77))
        for index in id.indices {
            for replacement in ["0", "f", "-", "g", " "] as [Character] where id[index] != replacement {
                var changed = id
                changed[index] = replacement
                #expect(keyring.number(.approval, String(changed)) == nil, "\(String(changed))")
            }
        }
        for text in ["", "77", String(id.dropLast()), String(id) + "0", String(id.filter { $0 != "-" }), "ä" + String(id.dropFirst(2))] {
            #expect(keyring.number(.approval, text) == nil)
        }
        #expect(keyring.number(.approval, String(id).uppercased()) == 77, "RFC 9562: upper case is read too")
    }

    @Test func `a link's token leads back to its approval and is 54 characters that a URL can hold`() {
        for number in [1, 99, .max] as [Int64] {
            let token = keyring.linkToken(approval: number)
            #expect(token.count == 54 && token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            #expect(keyring.approvalNumber(linkToken: token) == number)
        }
        #expect(keyring.linkToken(approval: 1) != keyring.linkToken(approval: 2))
        #expect(Keyring(master: Array(repeating: 8, count: 32)).approvalNumber(linkToken: keyring.linkToken(approval: 1)) == nil)
    }

    @Test func `a token that was changed in any character is refused`() {
        let token = Array(keyring.linkToken(approval: 5))
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. ")
        for index in token.indices {
            for character in alphabet where character != token[index] {
                var changed = token
                changed[index] = character
                #expect(keyring.approvalNumber(linkToken: String(changed)) == nil, "\(index) \(character)")
            }
        }
        for text in ["", String(token.dropLast()), String(token) + "A", String(token) + "==", keyring.uuid(.approval, 5)] {
            #expect(keyring.approvalNumber(linkToken: text) == nil)
        }
    }
}

@Suite struct DigestTests {
    private let origin = CallOrigin(source: .webhook, requestedBy: "github", event: "push", deliveryID: "d1")

    @Test func `a change of any part of a call changes its digest`() {
        let base = callDigest(spec: sha256("spec"), stdin: sha256("in"), origin: origin)
        var others = [
            callDigest(spec: sha256("spec2"), stdin: sha256("in"), origin: origin),
            callDigest(spec: sha256("spec"), stdin: sha256("in2"), origin: origin),
            callDigest(spec: sha256("in"), stdin: sha256("spec"), origin: origin),
        ]
        let changes: [(inout CallOrigin) -> Void] = [
            { $0.source = .api }, { $0.requestedBy = "gitlab" }, { $0.event = "pull" }, { $0.event = nil }, { $0.deliveryID = "d2" },
            { $0.deliveryID = nil }, { $0.event = "" }, { $0.deliveryID = "" },
        ]
        for change in changes {
            var copy = origin
            change(&copy)
            others.append(callDigest(spec: sha256("spec"), stdin: sha256("in"), origin: copy))
        }
        #expect(Set(others + [base]).count == 12)
        #expect(callDigest(spec: sha256("spec"), stdin: sha256("in"), origin: origin) == base)
    }

    @Test func `text cannot move from one part of the origin to the next`() {
        let digests = [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("abcd", "", ""), ("", "abcd", "")].map { by, event, id in
            callDigest(
                spec: sha256(""), stdin: sha256(""), origin: CallOrigin(source: .api, requestedBy: by, event: event, deliveryID: id))
        }
        #expect(Set(digests).count == 5)
    }

    @Test func `a change of any part of a spec changes its hash, and the spec is read back as it was`() throws {
        let base = CallSpec(
            endpoint: "e", revision: 1, command: "a b", argv: ["a", "b"], arguments: [NamedValue("x", "1")],
            argumentEnvironment: [NamedValue("SLUICE_ARG_X", "1")], environment: [NamedValue("K", "$V")], workingDirectory: "/w",
            timeoutSeconds: 60, scripts: [ScriptFile(path: "/s", sha256: "00")])
        let changes: [(inout CallSpec) -> Void] = [
            { $0.endpoint = "f" }, { $0.revision = 2 }, { $0.command = "ab" }, { $0.argv = ["a b"] }, { $0.argv = ["a", "b", ""] },
            { $0.arguments = [NamedValue("x1", "")] }, { $0.arguments = [] }, { $0.argumentEnvironment = [] },
            { $0.environment = [NamedValue("K", "v")] }, { $0.workingDirectory = "/" }, { $0.timeoutSeconds = 61 },
            { $0.scripts = [ScriptFile(path: "/s", sha256: "01")] }, { $0.scripts = [] }, { $0.argv = ["a\",\"b"] },
        ]
        var hashes = Set([EncodedSpec(json: base.json).sha256])
        for change in changes {
            var copy = base
            change(&copy)
            hashes.insert(EncodedSpec(json: copy.json).sha256)
            #expect(CallSpec(json: String(decoding: copy.json, as: UTF8.self)) == copy)
        }
        #expect(hashes.count == changes.count + 1)
        #expect(CallSpec(json: "{}") == nil && CallSpec(json: "") == nil)
    }
}
