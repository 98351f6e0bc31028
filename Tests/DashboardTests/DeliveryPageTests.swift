import Model
import Testing

@testable import Dashboard

private func delivery(
    _ text: String? = nil, verdict: DeliveryVerdict = .accepted, seen: Int = 1, size: Int? = 11, approval: String? = "a1", run: String? = nil,
    of former: String? = nil
) -> DeliveryView {
    DeliveryView(
        id: text ?? sampleID(4), endpoint: text ?? "deploy-site", source: text ?? "github", event: text ?? "push",
        senderID: text ?? "72d3162e-cc78-11e3-81ab-4c9367dc0958", verdict: verdict, receivedAt: sampleNow - 5 * minute,
        lastSeenAt: sampleNow - minute, seen: seen, peer: text ?? "192.0.2.7", size: size, matchedSecret: 2, verifyMicroseconds: 57,
        requestedBy: text ?? "github from 192.0.2.7", approvalID: approval, runID: run, redeliveryOf: former)
}

private func page(
    _ item: DeliveryView, headers: [NamedValue] = [NamedValue("X-GitHub-Event", "push"), NamedValue("X-Hub-Signature-256", "***")],
    cut: Bool = false, body: String = "{\"a\":\"<b>\"}", again: [String] = [], notice: Notice? = nil
) -> DeliveryPageView {
    DeliveryPageView(
        session: session, item: item, headers: headers, areHeadersCut: cut, body: Array(body.utf8), redeliveredAs: again, notice: notice,
        now: sampleNow)
}

/// The pages of deliveries with every text that comes from outside set to `text`.
func hostileDeliveryPages(_ text: String, _ session: SessionView) -> [(name: String, bytes: [UInt8])] {
    let item = delivery(text, seen: 3, size: max(1, text.utf8.count), approval: text, run: text, of: text)
    var filter = DeliveryFilterView()
    (filter.endpoint, filter.event, filter.source, filter.senderID) = (text, text, text, text)
    (filter.since, filter.until) = (text, text)
    let list = DeliveriesPageView(
        session: session, filter: filter, deliveries: [item], older: text, isFirstPage: false, notice: Notice(.bad, text), now: sampleNow)
    var one = page(item, headers: [NamedValue(text, text)], cut: true, body: text, again: [text], notice: Notice(.bad, text))
    one.session = session
    let refused = RejectionView(endpoint: text, receivedAt: sampleNow, status: 401, reason: text, peer: text, senderID: text)
    return [
        ("deliveries", deliveriesPage(list)), ("delivery", deliveryPage(one)),
        ("rejections", rejectionsPage(RejectionsPageView(session: session, endpoint: text, rejections: [refused], older: text, now: sampleNow))),
    ]
}

/// To be looked at.
func prettyDeliveryPages() -> [(name: String, bytes: [UInt8])] {
    var filter = DeliveryFilterView()
    filter.event = "push"
    filter.verdict = .accepted
    let items = [
        delivery(seen: 3, run: "r1"), delivery(verdict: .ignored, approval: nil), delivery(approval: nil, run: "r2", of: sampleID(3)),
    ]
    let refused = RejectionView(
        endpoint: "deploy-site", receivedAt: sampleNow - minute, status: 401, reason: "the signature does not match the body", peer: "198.51.100.9",
        senderID: "d-1")
    return [
        ("deliveries", deliveriesPage(DeliveriesPageView(session: session, filter: filter, deliveries: items, older: "3", now: sampleNow))),
        ("delivery", deliveryPage(page(items[0], body: samplePush, again: [sampleID(6)]))),
        ("delivery-gone", deliveryPage(page(delivery(size: nil, of: sampleID(2)), cut: true, body: ""))),
        ("rejections", rejectionsPage(RejectionsPageView(session: session, rejections: [refused], now: sampleNow))),
    ]
}

@Suite struct DeliveryPageTests {
    @Test func aDeliveryShowsWhereItCameFromAndWhereItLed() throws {
        let html = try StrictHTML(deliveryPage(page(delivery(seen: 3, run: "r1", of: "d0"), again: ["d9"])))
        for part in [
            "Accepted", "3 times", "repeats start nothing", "secret 2", "57 µs", "192.0.2.7", "X-Hub-Signature-256", "***", "{\n  \"a\": \"<b>\"\n}",
            "github from 192.0.2.7",
        ] {
            #expect(html.text.contains(part), "\(part)")
        }
        let links = html.all("a").compactMap { $0.attributes["href"] }
        for link in ["/dashboard/approvals/a1", "/dashboard/runs/r1", "/dashboard/deliveries/d0", "/dashboard/deliveries/d9"] {
            #expect(links.contains(link), "\(link)")
        }
    }

    @Test func onlyAVerifiedDeliveryIsSaidToHaveASignature() throws {
        var item = delivery(verdict: .ignored)
        func text() throws -> String { try StrictHTML(deliveryPage(page(item))).text }
        item.reason = #"when: ref == "refs/heads/main""#
        #expect(try text().contains(#"when: ref == "refs/heads/main""#))
        #expect(try text().contains("Its signature held, but the endpoint's rules leave it out. Nothing ran."))
        item.matchedSecret = nil
        #expect(try text().contains("The endpoint's rules leave it out. Nothing ran."))
        #expect(try !text().contains("ignature held"))
    }

    @Test(arguments: [
        (ApprovalStatus.pending, "which waits for approval."), (.approved, "which was approved."), (.denied, "which was denied and did not run."),
        (.expired, "which nobody decided about in time."), (.stale, "which was approved but not run"),
    ])
    func aDeliveryFollowsItsApproval(_ status: ApprovalStatus, _ words: String) throws {
        var item = delivery()
        item.approvalStatus = status
        #expect(try StrictHTML(deliveryPage(page(item))).text.contains(words))
    }

    @Test func redeliveringIsAPostWithTheFormToken() throws {
        let html = try StrictHTML(deliveryPage(page(delivery())))
        let form = try #require(html.all("form").first { $0.attributes["class"] == "redeliver" })
        #expect(form.attributes["method"] == "post")
        #expect(form.attributes["action"] == "/dashboard/deliveries/" + sampleID(4))
        #expect(html.all("input").filter { $0.attributes["name"] == "csrf" && $0.attributes["value"] == session.csrf }.count == 2)
    }

    @Test func aBodyThatIsGoneIsSaidToBeAndCannotBeRedelivered() throws {
        let html = try StrictHTML(deliveryPage(page(delivery(size: nil), body: "")))
        #expect(html.text.contains("no longer kept"))
        #expect(!html.all("button").contains { $0.attributes["value"] == "redeliver" })
    }

    @Test func headersThatWereCutAreSaidToBe() throws {
        #expect(try StrictHTML(deliveryPage(page(delivery(), cut: true))).text.contains("more headers were not kept"))
        #expect(try !StrictHTML(deliveryPage(page(delivery()))).text.contains("more headers were not kept"))
    }

    @Test func theFilterKeepsWhatWasWrittenAndGoesOnWithThePages() throws {
        var filter = DeliveryFilterView()
        filter.event = "a b&c"
        filter.verdict = .ignored
        let html = try StrictHTML(
            deliveriesPage(DeliveriesPageView(session: session, filter: filter, deliveries: [delivery()], older: "7", now: sampleNow)))
        let form = try #require(html.all("form").first { $0.attributes["method"] == "get" })
        #expect(form.attributes["action"] == "/dashboard/deliveries")
        #expect(html.all("input").contains { $0.attributes["name"] == "event" && $0.attributes["value"] == "a b&c" })
        #expect(html.all("option").filter { $0.attributes["selected"] != nil }.map { $0.attributes["value"] } == ["ignored"])
        #expect(html.all("a").contains { $0.attributes["href"] == "/dashboard/deliveries?event=a%20b%26c&verdict=ignored&before=7" })
    }

    @Test func anEmptyPageOfASearchSaysThatItGoesOn() throws {
        var filter = DeliveryFilterView()
        filter.event = "x"
        func text(older: String?) throws -> String {
            try StrictHTML(deliveriesPage(DeliveriesPageView(session: session, filter: filter, deliveries: [], older: older, now: sampleNow))).text
        }
        #expect(try text(older: "9").contains("There are older ones"))
        #expect(try text(older: nil).contains("No delivery fits"))
    }

    @Test func refusedAttemptsShowReasonPeerAndClaimedId() throws {
        let refused = RejectionView(
            endpoint: "deploy", receivedAt: sampleNow, status: 401, reason: "the signature does not match the body", peer: "198.51.100.9",
            senderID: "d-1")
        let html = try StrictHTML(rejectionsPage(RejectionsPageView(session: session, rejections: [refused], now: sampleNow)))
        for part in ["deploy", "401", "the signature does not match the body", "198.51.100.9", "d-1"] { #expect(html.text.contains(part), "\(part)") }
    }
}
