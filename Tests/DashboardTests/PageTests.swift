import Model
import Testing

@testable import Dashboard

private func outcome(
    _ status: ApprovalStatus, decided: Int64? = 2, by: String? = nil, via: DecisionVia? = nil, left: Int64 = 20, run: RunSummary? = nil
) throws -> StrictHTML {
    let approval = sampleApproval(status: status, left: left, decided: decided, by: by, via: via, reason: "looks fine\r\nto me")
    return try StrictHTML(linkOutcomePage(LinkOutcomeView(item: sampleItem(approval, run: run), token: "t", now: sampleNow)))
}

@Test func anOutcomeTellsDecisionTimePersonReasonAndRun() throws {
    let page = try outcome(.approved, by: "ada", via: .dashboard, run: RunSummary(id: "run-7", status: .failed, exitCode: 3))
    for part in ["Approved", "ada on the dashboard", "2026-11-22 21:01:05 UTC", "looks fine\nto me", "Failed", "exit code 3", "run-7"] {
        #expect(page.text.contains(part), "\(part)")
    }
    #expect(page.all("form").isEmpty)
}

@Test func aDecisionByLinkNamesTheLink() throws {
    #expect(try outcome(.denied, via: .link).text.contains("someone with the approve link"))
}

@Test(arguments: [
    (ApprovalStatus.denied, "did not run and cannot"), (.expired, "Nobody decided in time"), (.cancelled, "was cancelled before"),
    (.superseded, "A newer call took"), (.stale, "had changed by then"), (.pending, "Nobody has decided yet"),
])
func everyEndIsSaidInWords(_ status: ApprovalStatus, _ words: String) throws {
    #expect(try outcome(status).text.contains(words))
}

@Test func aPendingApprovalWhoseTimeIsOverShowsAsExpired() throws {
    let page = try outcome(.pending, decided: nil, left: -1)
    #expect(page.text.contains("Expired"))
    #expect(!page.text.contains("Nobody has decided yet"))
}

@Test func approvalsPageHasAFormWithFormTokenForEachPendingCall() throws {
    let items = [sampleItem(sampleApproval(1)), sampleItem(sampleApproval(2, endpoint: "backup"))]
    let page = try StrictHTML(approvalsPage(approvalsView(pending: items)))
    let forms = page.all("form").filter { $0.attributes["class"] == "decision" }
    #expect(forms.map { $0.attributes["action"] } == items.map { "/dashboard/approvals/" + $0.id })
    #expect(page.all("button").compactMap { $0.attributes["value"] } == ["approve", "deny", "approve", "deny"])
    let tokens = page.all("input").filter { $0.attributes["name"] == "csrf" }
    #expect(tokens.count == 3, "two decisions and log out")
    #expect(tokens.allSatisfy { $0.attributes["value"] == "c5rf-T0ken" && $0.attributes["type"] == "hidden" })
    #expect(Set(page.elements.compactMap { $0.attributes["id"] }).count == page.elements.compactMap { $0.attributes["id"] }.count)
    #expect(!page.all("meta").contains { $0.attributes["http-equiv"] != nil })
}

@Test func historyShowsDecisionAndLinksTheRun() throws {
    let history = [
        sampleItem(sampleApproval(3, status: .approved, decided: 4, by: "ada", via: .api), run: RunSummary(id: "r3", status: .succeeded)),
        sampleItem(sampleApproval(4, status: .expired, left: -3)),
    ]
    let page = try StrictHTML(approvalsPage(approvalsView(history: history, older: "a b&c")))
    for part in ["ada by API", "nobody: time ran out", "did not run", "Approved", "Expired"] {
        #expect(page.text.contains(part), "\(part)")
    }
    let links = page.all("a").compactMap { $0.attributes["href"] }
    #expect(links.contains("/dashboard/runs/r3"))
    #expect(links.contains("/dashboard/approvals?before=a%20b%26c"))
}

@Test func anEmptyQueueTeachesTheFirstCall() throws {
    let text = try StrictHTML(approvalsPage(approvalsView())).text
    #expect(text.contains("curl -X POST http://127.0.0.1:8080/v1/user/deploy \\"))
    #expect(text.contains("approval_required: true"))
    #expect(text.contains("No decisions yet"))
}

@Test func loginAsksForATokenAndConfirmsAOneTimeLinkByPost() throws {
    let login = try StrictHTML(loginPage(error: "That token is not known."))
    #expect(login.all("input").map { $0.attributes["type"] } == ["password"])
    #expect(login.all("input").first?.attributes["autocomplete"] == "off")
    #expect(login.all("label").first?.attributes["for"] == login.all("input").first?.attributes["id"])
    #expect(login.text.contains("That token is not known."))
    let confirm = try StrictHTML(loginConfirmPage("one/time"))
    #expect(confirm.all("form").map { $0.attributes["action"] } == ["/login/one%2Ftime"])
    #expect(confirm.all("button").count == 1)
}

@Test func outputReplacesWhatIsNotTextAndSaysWhatWasCut() throws {
    var item = RunView(id: "r", run: sampleRun(.failed))
    item.run.cutBytes = 12_345
    let output = Array("ok\u{1B}[31mred\n".utf8) + [0xFF, 0xFE]
    let text = try StrictHTML(runPage(RunPageView(session: session, item: item, output: output, now: sampleNow))).text
    #expect(text.contains("ok⟨U+001B⟩[31mred\n\u{FFFD}\u{FFFD}"))
    #expect(text.contains("12,345 bytes of output were over the limit"))
}

@Test func everyPageNamesLanguageTitleViewportAndOneMain() throws {
    for (name, bytes) in allPages(hostile: "x") {
        let page = try StrictHTML(bytes)
        #expect(page.all("html").first?.attributes["lang"] == "en", "\(name)")
        #expect(page.all("main").count == 1 && page.all("h1").count == 1 && page.all("title").count == 1, "\(name)")
        #expect(page.all("link").compactMap { $0.attributes["href"] }.contains(StaticAsset.stylesheet.path.text), "\(name)")
        #expect(page.all("th").allSatisfy { $0.attributes["scope"] != nil }, "\(name)")
        #expect(page.all("table").count == page.all("caption").count, "\(name)")
    }
}

@Test func theStyleSheetIsFoundByBothItsAddresses() throws {
    let path = StaticAsset.stylesheet.path.text
    #expect(path.hasPrefix("/static/sluice.") && path.hasSuffix(".css") && path.utf8.count == "/static/sluice.12345678.css".utf8.count)
    #expect(StaticAsset.at(path)?.isImmutable == true)
    #expect(StaticAsset.at("/static/sluice.css")?.isImmutable == false)
    #expect(StaticAsset.at("/static/sluice.00000000.css") == nil)
    let css = String(decoding: StaticAsset.stylesheet.bytes, as: UTF8.self)
    #expect(css.count { $0 == "{" } == css.count { $0 == "}" })
    #expect(!css.contains("url(") && !css.contains("@import"))
}

@Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400_000_000, "2000-02-29T00:00:00Z"),
    (951_868_799_999_999, "2000-02-29T23:59:59Z"), (4_107_542_399_000_000, "2100-02-28T23:59:59Z"),
    (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
    (1_795_381_385_000_000, "2026-11-22T21:03:05Z"), (253_402_300_799_000_000, "9999-12-31T23:59:59Z"),
    (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
])
func instantsPrintAsCivilTime(_ instant: Int64, _ text: String) {
    #expect(rfc3339(instant) == text)
}

@Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
func extremeInstantsDoNotTrap(_ instant: Int64) {
    for now in [Int64.min, 0, .max] {
        _ = (rfc3339(instant), clockTime(instant, offset: 50_400), relative(instant, now: now), timeLeft(until: instant, now: now), runDuration(instant))
    }
}

@Test(arguments: [(350_000, "350 ms"), (1_240_000, "1.24 s"), (61_240_000, "1 min 1 s"), (3_900_000_000, "1 h 5 min"), (0, "0 ms")])
func runDurationsAreShort(_ duration: Int64, _ text: String) {
    #expect(runDuration(duration) == text)
}
