import Model
import Testing

@testable import Dashboard

/// One form for all pages: to the second, UTC said, the same for programs. What is left of a time is no instant, and has it on hover.
@Test func instantsHaveOneFormOnAllPages() throws {
    var seen = 0
    for (name, bytes) in allPages(hostile: "harmless") {
        let page = String(decoding: bytes, as: UTF8.self)
        for match in page.matches(of: /<time datetime="([^"]*)"(?: title="Expires ([^"]*)")?>([^<]*)</) {
            let written = String(match.2 ?? match.3)
            #expect(written.wholeMatch(of: /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/) != nil, "\(name): \(written)")
            #expect(String(match.1) == written.replacing(" UTC", with: "Z").replacing(" ", with: "T"), "\(name)")
            seen += 1
        }
        #expect(page.components(of: "<time").count == page.components(of: "<time datetime=").count, "\(name)")
        #expect(try StrictHTML(bytes).text.firstMatch(of: /\d-\d\dT\d\d:/) == nil, "\(name)")
    }
    #expect(seen > 50)
}

@Test(arguments: [
    ("2026-11-22T21:00:00Z", "planned for 2026-11-22 21:00:00 UTC", "<time datetime=\"2026-11-22T21:00:00Z\">2026-11-22 21:00:00 UTC</time>"),
    ("2026-11-22T21:00:00+00:00", "planned for 2026-11-22T21:00:00+00:00", "2026-11-22T21:00:00+00:00"),
    ("some day", "planned for some day", "some day"),
])
func theTimeThatAFireWasPlannedForIsAnInstantToo(_ event: String, _ words: String, _ markup: String) throws {
    let origin = CallOrigin(source: .schedule, requestedBy: "schedule nightly", event: event)
    let bytes = linkPage(LinkPageView(token: "t", item: sampleItem(sampleApproval(origin: origin)), now: sampleNow))
    #expect(try StrictHTML(bytes).text.contains(words))
    #expect(String(decoding: bytes, as: UTF8.self).contains(markup))
}

/// What a sender calls its event stays as it came.
@Test func anEventThatLooksLikeAnInstantStaysAsItCame() throws {
    let origin = CallOrigin(source: .webhook, requestedBy: "generic", event: "2026-11-22T21:00:00Z")
    let page = try StrictHTML(linkPage(LinkPageView(token: "t", item: sampleItem(sampleApproval(origin: origin)), now: sampleNow)))
    #expect(page.text.contains("2026-11-22T21:00:00Z"))
}

@Test(arguments: [
    (0, "21:03:05 +00:00"), (3600, "22:03:05 +01:00"), (-12_600, "17:33:05 -03:30"), (19_800, "2026-11-23 02:33:05 +05:30"),
    (-86_400, "2026-11-21 21:03:05 -24:00"),
])
func aClockElsewhereSaysItsDateWhereItIsAnotherOne(_ offset: Int, _ text: String) {
    #expect(clockTime(sampleNow, offset: offset) == text)
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] { split(separator: separator, omittingEmptySubsequences: false) }
}
