import Dashboard
import Model
import Testing

private func page(_ item: ApprovalView, token: String = "tok_en-1") throws -> StrictHTML {
    try StrictHTML(linkPage(LinkPageView(token: token, item: item, now: sampleNow)))
}

@Test func linkPageHasOnePostFormWithApproveBeforeDeny() throws {
    let page = try page(sampleItem(sampleApproval()))
    let forms = page.all("form")
    #expect(forms.count == 1)
    #expect(forms.first?.attributes["method"] == "post")
    #expect(forms.first?.attributes["action"] == "/approve/tok_en-1")
    let buttons = page.all("button")
    #expect(buttons.map { $0.attributes["name"] } == ["decision", "decision"])
    #expect(buttons.map { $0.attributes["value"] } == ["approve", "deny"])
    #expect(buttons.allSatisfy { $0.attributes["type"] == "submit" && $0.ancestors.contains("form") })
    #expect(page.all("textarea").isEmpty)
    #expect(page.all("input").isEmpty)
}

/// The times at which a page opens itself anew, and where.
private func refreshes(_ page: StrictHTML) -> [String?] {
    page.all("meta").filter { $0.attributes["http-equiv"] == "refresh" }.map { $0.attributes["content"] }
}

/// Others may decide, and time passes; the end comes a second late, so that the server sees it too.
@Test(arguments: [
    (23 * 60, "15;url=/approve/tok_en-1"), (60, "15;url=/approve/tok_en-1"), (8, "9;url=/approve/tok_en-1"), (0, "1;url=/approve/tok_en-1"),
] as [(Int64, String)])
func aPageThatWaitsOpensItselfAnew(_ seconds: Int64, _ content: String) throws {
    var approval = sampleApproval()
    approval.expiresAt = sampleNow + seconds * 1_000_000
    let page = try page(sampleItem(approval))
    #expect(refreshes(page) == [content])
    #expect(page.text.contains("As of 2026-11-22 21:03:05 UTC, again every 15 seconds"))
    #expect(page.all("a").contains { $0.attributes["href"] == "/approve/tok_en-1?reason=yes" })
}

/// What is being typed is not taken away before it has become useless.
@Test(arguments: [
    (23 * 60, "1381"), (100 * 86_400, "1000000"), (Int64.max / 1_000_000 - 2 * sampleNow / 1_000_000, "1000000"),
] as [(Int64, String)])
func aPageThatTakesAReasonStandsStillUntilTheEnd(_ seconds: Int64, _ wait: String) throws {
    var approval = sampleApproval()
    approval.expiresAt = sampleNow + seconds * 1_000_000
    let page = try StrictHTML(linkPage(LinkPageView(token: "t", item: sampleItem(approval), takesReason: true, now: sampleNow)))
    #expect(refreshes(page) == ["\(wait);url=/approve/t"])
    #expect(page.all("textarea").map { $0.attributes["name"] } == ["reason"])
    #expect(page.all("form").map { $0.attributes["action"] } == ["/approve/t"])
    #expect(page.text.contains("stands still while you write") && !page.text.contains("again every"))
}

/// A run that goes on is followed, at another address than the form's; what cannot change any more stands still.
@Test(arguments: [true, false])
func onlyWhatMayChangeOpensItselfAnew(_ isFresh: Bool) throws {
    func page(_ status: ApprovalStatus, _ run: RunStatus?) throws -> StrictHTML {
        let item = sampleItem(sampleApproval(status: status, decided: 1, by: "ada", via: .api), run: run.map { RunSummary(id: "r", status: $0) })
        return try StrictHTML(linkOutcomePage(LinkOutcomeView(item: item, isFresh: isFresh, token: "tok", now: sampleNow)))
    }
    for run in [RunStatus.queued, .running] {
        let page = try page(.approved, run)
        #expect(refreshes(page) == ["5;url=/approve/tok?show=outcome"])
        #expect(page.text.contains("again every 5 seconds") && page.all("form").isEmpty)
    }
    for run in RunStatus.allCases where run.isFinished { #expect(try refreshes(page(.approved, run)) == [], "\(run)") }
    for status in ApprovalStatus.allCases where status != .pending { #expect(try refreshes(page(status, nil)) == [], "\(status)") }
}

@Test func theDashboardsPageOfAnApprovalTakesAReasonAndStandsStill() throws {
    let page = try StrictHTML(approvalPage(ApprovalPageView(session: session, item: sampleItem(sampleApproval()), now: sampleNow)))
    #expect(refreshes(page).isEmpty && page.all("textarea").count == 1)
}

/// Of missed fires one runs, or each, or none.
@Test(arguments: [(0, ["approve", "deny"], "Approve runs it once"), (1, ["approve", "deny"], "It was planned for"), (3, ["approve", "approve-all", "deny"], "3 fires were missed.")])
func aQuestionAboutMissedFiresHasItsOwnChoices(_ count: Int, _ values: [String], _ words: String) throws {
    var approval = sampleApproval()
    approval.missed = (0..<count).map { sampleNow - Int64(10 - $0) * 60_000_000 }
    let page = try page(sampleItem(approval))
    #expect(page.all("button").map { $0.attributes["value"] } == values)
    #expect(page.text.contains(words))
    #expect(page.text.contains("Drop runs nothing") == (count > 0) && page.text.contains("Deny ends it") == (count == 0))
}

@Test func linkPageShowsAllThatRunsAndWhoAsked() throws {
    let text = try page(sampleItem(sampleApproval(), body: samplePush)).text
    for part in [
        "deploy-site", "./deploy.sh --env ${env}", "release notes 2.4", "/srv/site", "5 minutes", "/srv/site/deploy.sh", "3fa9c01e3fa9c01e",
        "b1946ac9b1946ac9", "Webhook", "github", "push", "72d3162e-cc78-11e3-81ab-4c9367dc0958", "23 minutes left", "7 minutes ago",
        "2026-11-22 20:56:05 UTC", "2026-11-22 21:26:05 UTC", samplePush, "LANG",
    ] {
        #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("C.UTF-8"), "values of the environment may be secret")
    #expect(!text.contains("has changed"))
}

@Test func eachWordOfArgvStandsInABoxOfItsOwn() throws {
    let page = try page(sampleItem(sampleApproval(argv: ["printf", "a b", "", "c"], scripts: [])))
    #expect(page.all("li").count == 4)
    #expect(page.text.contains("empty word"))
}

@Test func variablesThatCarryArgumentsAreShownWithTheirValues() throws {
    let item = sampleItem(sampleApproval(argv: ["/bin/sh", "-c", "echo \"$name\""], carried: [NamedValue("name", "x; rm -rf /")]))
    #expect(try page(item).text.contains("name=x; rm -rf /"))
}

@Test func bidirectionalOverridesAreMarkedAndCannotReorder() throws {
    let page = try page(sampleItem(sampleApproval(argv: ["rm", "\u{202E}fdp.exe", "line\nbreak", "tab\there"])))
    for mark in ["⟨U+202E⟩fdp.exe", "line⟨U+000A⟩break", "tab⟨U+0009⟩here"] { #expect(page.text.contains(mark)) }
    #expect(page.all("mark").count == 3)
    #expect(page.all("bdo").allSatisfy { $0.attributes["dir"] == "ltr" })
    #expect(page.all("bdo").filter { $0.ancestors.contains("li") }.count == 4)
}

@Test func aTextThatNamesACodePointIsNotMarked() throws {
    #expect(try page(sampleItem(sampleApproval(argv: ["⟨U+202E⟩"]))).all("mark").isEmpty)
}

@Test func aChangedEndpointIsSaidAboveTheCall() throws {
    #expect(try page(sampleItem(sampleApproval(changed: true))).text.contains("This endpoint has changed since the call was made."))
}

@Test func aMissingScriptIsSaidAloud() throws {
    let scripts = [ScriptFile(path: "/srv/gone.sh", sha256: "missing")]
    #expect(
        try page(sampleItem(sampleApproval(scripts: scripts))).text.contains("A script was not there when the call was made: /srv/gone.sh"))
}

@Test func aLongBodyIsCutBetweenCharactersAndTheRestCounted() throws {
    let body = String(repeating: "é", count: 1 << 19)  // 1 MiB; an odd start puts the limit inside a character
    let bytes = linkPage(LinkPageView(token: "t", item: sampleItem(sampleApproval(), body: "x" + body), now: sampleNow))
    #expect(bytes.count < 120 << 10)
    let text = try StrictHTML(bytes).text
    #expect(text.contains("983,042 more bytes not shown"))
    #expect(text.contains("Some of this call is too long to be shown here."))
    #expect(!text.contains("Not text"))
}

@Test func aBodyThatIsGivenOnlyInItsBeginningCountsTheWhole() throws {
    var item = sampleItem(sampleApproval(), body: "beginning")
    item.approval.stdinSize = 1_000_009
    #expect(try page(item).text.contains("1,000,000 more bytes not shown"))
}

@Test func aBodyThatIsNotTextIsDumped() throws {
    let text = try page(sampleItem(sampleApproval(), bytes: [0x89, 0x50, 0x4E, 0x47, 0x00, 0xFF] + [UInt8](repeating: 7, count: 2000))).text
    #expect(text.contains("000000  89 50 4e 47 00 ff 07 07  07 07"))
    #expect(text.contains(".PNG"))
    #expect(text.contains("982 more bytes not shown"))
}

@Test func aBodyThatBeginsWithALineFeedKeepsIt() throws {
    let bytes = linkPage(LinkPageView(token: "t", item: sampleItem(sampleApproval(), body: "\n\nx"), now: sampleNow))
    // A browser drops the first line feed after <pre>: one more is there for it.
    #expect(String(decoding: bytes, as: UTF8.self).contains(">\n\n\nx</pre>"))
}

@Test(arguments: [
    (23, "23 minutes left"), (65, "1 hour 5 minutes left"), (60, "1 hour left"), (1, "1 minute left"), (2885, "2 days left"),
    (2940, "2 days 1 hour left"), (0, "no time left"), (-5, "no time left"),
])
func timeLeftIsInWords(_ minutes: Int64, _ words: String) throws {
    #expect(try page(sampleItem(sampleApproval(left: minutes))).text.contains(words))
}
