import Conditions
import JSON
import Model
import Testing
import TestKit

/// Rules by themselves: as the API's JSON brings them, what they ask, and what they write.
@Suite struct AlertRuleTests {
    // MARK: Round trip

    private func randomRule(_ random: inout SplitMix64) -> AlertRule {
        func flip() -> Bool { Bool.random(using: &random) }
        func number(_ range: ClosedRange<Int>) -> Int? { flip() ? Int.random(in: range, using: &random) : nil }
        func target() -> AlertTarget {
            let kind = ChannelKind.allCases.randomElement(using: &random) ?? .webhook
            let number = Int.random(in: 0...1_000_000, using: &random)
            if flip() { return .channel("c\(number)") }
            if flip() { return .direct(kind, destination: "$NAME_\(number)") }
            switch kind {
            case .email: return .direct(kind, destination: "a\(number)@example.org")
            case .pagerduty: return .direct(kind, destination: String("\(number)abcdefghijklmnopqrstuvwxyzABCDEF".prefix(32)))
            default: return .direct(kind, destination: "https://example.org/\(number)?q=$x")
            }
        }
        func targets(_ range: ClosedRange<Int>) -> [AlertTarget] { (0..<Int.random(in: range, using: &random)).map { _ in target() } }
        var rule = AlertRule()
        rule.name = ["a", "Überwachung: \"x\" #1", "null", "5", "- {}"].randomElement(using: &random) ?? "a"
        rule.endpoint = ["deploy", "*", "a?-*", nil].randomElement(using: &random) ?? nil
        rule.condition = AlertCondition.allCases.randomElement(using: &random) ?? .failure
        let unit = rule.condition.threshold?.unit
        rule.threshold = unit == .minutes ? number(60...604_800) : unit == .seconds ? number(1...86_400) : number(1...10_000)
        rule.window = number(1...604_800) ?? 300
        rule.targets = targets(0...4)
        rule.isEnabled = flip()
        rule.when = flip() ? #"$exit_code in [1, 2] or labels[*].name contains "x""# : nil
        rule.holdFor = number(1...2_592_000)
        rule.quietHours = flip() ? ["* 0-6 * * *", "2026-12-24"] : []
        rule.timezone = flip() ? "Europe/Berlin" : nil
        rule.groupBy = AlertRule.groupFacts.filter { _ in flip() }
        rule.groupWait = number(1...86_400)
        rule.repeatInterval = number(1...2_592_000)
        rule.throttle = number(1...604_800)
        rule.burst = number(1...100_000) ?? 30
        rule.escalations = (0..<Int.random(in: 0...3, using: &random)).map { _ in .init(after: number(1...2_592_000) ?? 60, targets: targets(1...3)) }
        rule.text = flip() ? "{endpoint} {{x}} ü" : nil
        return rule
    }

    @Test func `what is written is read as it was, over JSON too`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for round in 0..<2000 {
            let rule = randomRule(&random)
            let written = rule.encoded()
            var read = AlertRule()
            #expect(read.apply(written) == [] && read == rule, "seed \(seed), round \(round): \(written)")
            var again = AlertRule()
            let json = try parseJSON(String(decoding: written.json.encoded(), as: UTF8.self))
            #expect(again.apply(SettingValue(json)) == [] && again == rule, "seed \(seed), round \(round), as JSON")
            // Written over another rule, it changes what it names and leaves the rest.
            var other = randomRule(&random)
            let before = other
            _ = other.apply(.map([.init("burst", .integer(7)), .init("enabled", .bool(true))]))
            var expected = before
            (expected.burst, expected.isEnabled) = (7, true)
            #expect(other == expected, "seed \(seed), round \(round), changed")
        }
    }

    @Test func `only what differs is written`() {
        var rule = AlertRule()
        rule.name = "a"
        rule.targets = [.direct(.slack, destination: "https://hooks.example.org/services/T/B/x"), .channel("ops")]
        #expect(
            String(decoding: rule.encoded().json.encoded(), as: UTF8.self)
                == #"{"name":"a","condition":"failure","channel":"slack","destination":"https://hooks.example.org/services/T/B/x","channels":["ops"]}"#)
        #expect(
            String(decoding: rule.shown().json.encoded(), as: UTF8.self)
                == #"{"name":"a","condition":"failure","channel":"slack","destination":"https://hooks.example.org/********","channels":["ops"]}"#)
    }

    @Test func `another condition forgets a threshold of another unit`() {
        var rule = AlertRule()
        _ = rule.apply(.map([.init("name", .string("a")), .init("condition", .string("run_slow")), .init("threshold", .string("5m"))]))
        #expect(rule.threshold == 300)
        _ = rule.apply(.map([.init("condition", .string("consecutive_failures"))]))
        #expect(rule.threshold == nil)
        // The order in which the fields come means nothing.
        _ = rule.apply(.map([.init("threshold", .integer(5)), .init("condition", .string("approval_expiring"))]))
        #expect(rule.threshold == 300)
    }

    @Test(arguments: [
        ("$NAME", "$NAME"), ("$sluice:NAME", "$sluice:NAME"), ("ops@example.org", "ops@example.org"), ("https://example.org", "https://example.org"),
        ("https://example.org/a/b", "https://example.org/********"), ("http://me:word@example.org:8080/x", "http://example.org:8080/********"),
        ("http://me:word@example.org", "http://example.org/********"), ("https://example.org?token=x", "https://example.org/********"),
        ("https://example.org#x", "https://example.org/********"), ("$-x", "********"), ("0123456789abcdef", "********"), ("", "********"),
    ])
    func `people see where it goes, and no more`(_ destination: String, _ shown: String) { #expect(shownDestination(destination) == shown) }

    // MARK: Globs

    @Test(arguments: [
        ("deploy", "deploy", true), ("deploy", "deploy-*", false), ("deploy-", "deploy-*", true), ("deploy-web", "deploy-*", true), ("deploy-web", "*web", true),
        ("deploy-web", "*e*b*o", false), ("deploy-web", "d*-w*b", true), ("abc", "a?c", true), ("ac", "a?c", false), ("abc", "???", true), ("abc", "????", false),
        ("abc", "**", true), ("aab", "*ab", true), ("abab", "*ab", true), ("", "*", true), ("abc", "ab", false), ("ab", "abc", false), ("abcabd", "*abd", true),
    ])
    func `a pattern describes all of a name`(_ name: String, _ pattern: String, _ expected: Bool) {
        #expect(matchesGlob(name, pattern) == expected)
    }

    @Test func `a pattern of many stars takes no time`() {
        let name = String(repeating: "a", count: 63)
        #expect(!matchesGlob(name, String(repeating: "*a", count: 60) + "*b"))
    }

    // MARK: Conditions

    private func facts() -> AlertFacts {
        var facts = AlertFacts()
        (facts.endpoint, facts.condition, facts.status, facts.source) = ("deploy", "failure", "failed", "webhook")
        (facts.exitCode, facts.durationMilliseconds, facts.event, facts.requestedBy) = (2, 90_000, "push", "{endpoint}")
        return facts
    }

    @Test(arguments: [
        ("$exit_code == 2", true), ("$exit_code != 2", false), ("$exit_code in [1, 2.0]", true), ("$duration_ms >= 90000", true), ("$duration_ms > 9e4", false),
        ("$count > 0", false), ("$count == null", true), ("not ($exit_code == null)", true), ("$exit_code < $duration_ms", true),
        ("$status == \"failed\" and $endpoint startswith \"dep\"", true), ("$decided_by == null", true), ("$reason != null", false), ("ref == \"main\"", true),
        ("ref == \"dev\"", false), ("[$exit_code, 5] contains 2", true), ("a == 1", true), ("not (a == 1)", true),
    ])
    func `facts and payload decide, and what cannot be told is told of`(_ text: String, _ passes: Bool) throws {
        let filter = try AlertFilter(text)
        // A key that is there twice leaves open what it says.
        Array(#"{"ref":"main","a":1,"a":2}"#.utf8).withUnsafeBytes { bytes in
            #expect(filter.passes(try? filter.paths.find(in: bytes), facts()) == passes)
        }
    }

    @Test func `without a payload the facts decide what they can`() throws {
        #expect(try !AlertFilter("$exit_code == 3 and ref == \"main\"").passes(nil, facts()))
        #expect(try AlertFilter("$exit_code == 2 and ref == \"main\"").passes(nil, facts()))
        #expect(try AlertFilter("not (ref == \"main\")").passes(nil, facts()))
    }

    @Test(arguments: ["$exit_code == true", "$exit_code matches \"2\"", "$exit_code endswith \"2\"", "\"2\" == $exit_code", "$exit_code == $status", "\"2\" in [$count]"])
    func `a number beside a text is a mistake`(_ text: String) { #expect(throws: ConditionError.self) { try AlertFilter(text) } }

    @Test func `every fact of the vocabulary is known`() {
        var full = facts()
        (full.decidedBy, full.schedule, full.reason, full.count) = ("anna", "nightly", "no time", 3)
        #expect(AlertFacts.vocabulary.facts.allSatisfy { full.fact($0) != nil && AlertFacts().fact($0) == nil })
        #expect(AlertFacts.vocabulary.numbers.allSatisfy { full.fact($0).flatMap { Int($0) } != nil })
    }

    // MARK: Texts

    @Test(arguments: [
        ("{endpoint} failed", "deploy failed"), ("{{endpoint}}", "{endpoint}"), ("{{{exit_code}}}", "{2}"), ("{decided_by}", "-"), ("}", "}"),
        ("{requested_by}: {duration_ms} ü", "{endpoint}: 90000 ü"), ("no facts", "no facts"),
    ])
    func `facts are filled in once`(_ template: String, _ text: String) { #expect(facts().fill(template) == text) }

    // MARK: Addresses

    @Test(arguments: [
        ("a@example.org", nil, "a@example.org"), ("a.b+c@localhost", nil, "a.b+c@localhost"), ("Sluice <a@example.org>", "Sluice", "a@example.org"),
        ("<a@example.org>", nil, "a@example.org"), ("Wächter, Büro <a@x_y.example.org>", "Wächter, Büro", "a@x_y.example.org"),
    ] as [(String, String?, String)])
    func `a sender`(_ text: String, _ name: String?, _ address: String) {
        let read = MailAddress(text)
        #expect(read?.name == name && read?.address == address)
    }

    @Test(arguments: [
        "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\r\nBcc: x@y", "a\n@b", "a@-b", "a@b-", "a@.b", "a@b.", ".a@b", "a.@b", "a..b@c", "<a@b", "a@b>",
        "x\r\nBcc: y <a@b>", "x \"y\" <a@b>", "x <y> <a@b>", "x\u{2028} <a@b>", "ä@b", "a@ü", "a,b@c", "a;b@c", "<a>@b", "\"a\"@b", "a@[127.0.0.1]",
        String(repeating: "a", count: 65) + "@b",
    ])
    func `no sender`(_ text: String) {
        #expect(MailAddress(text) == nil)
        #expect(mailAddressProblem(text) != nil)
    }
}
