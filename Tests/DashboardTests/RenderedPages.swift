import Dashboard
import Glibc
import Model
import Testing

/// Writes pages to the folder named in SLUICE_PAGES_DIR, with the style sheet beside them, to be looked at in a browser.
@Test(.enabled(if: getenv("SLUICE_PAGES_DIR") != nil))
func pagesAreWrittenToBeLookedAt() throws {
    let folder = String(cString: try #require(getenv("SLUICE_PAGES_DIR")))
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try #require(fopen(folder + "/" + name, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
    try write("sluice.css", StaticAsset.stylesheet.bytes)
    try write("sluice.svg", StaticAsset.icon.bytes)
    for (name, bytes) in prettyPages() + prettyDeliveryPages() + prettyAlertPages() + allPages(hostile: "a<b>\u{202E}\"'&\u{0}é").map({ ("hostile-" + $0.name, $0.bytes) }) {
        let page = String(decoding: bytes, as: UTF8.self)
        // Beside the page instead of under /static/.
        let local = page.split(separator: StaticAsset.stylesheet.path.text, omittingEmptySubsequences: false).joined(
            separator: "sluice.css"
        )
        .split(separator: StaticAsset.icon.path.text, omittingEmptySubsequences: false).joined(separator: "sluice.svg")
        try write(name + ".html", Array(local.utf8))
    }
}

private func prettyPages() -> [(name: String, bytes: [UInt8])] {
    let gated = sampleItem(sampleApproval(1, changed: true), body: samplePush)
    let nightly = sampleItem(
        sampleApproval(
            2, endpoint: "nightly-backup", command: "pg_dump --format=custom app | gzip > /backup/app.gz",
            argv: ["/bin/sh", "-c", "pg_dump --format=custom app | gzip > /backup/app.gz"], arguments: [], scripts: [],
            origin: CallOrigin(source: .schedule, requestedBy: "schedule", event: "2026-11-22T21:00:00Z"), requested: 3, left: 3))
    let strange = sampleItem(
        sampleApproval(
            5, endpoint: "convert", command: "convert ${file}", argv: ["convert", "invoice\u{202E}fdp.exe", "", "two words"],
            arguments: [NamedValue("file", "invoice\u{202E}fdp.exe")], scripts: [ScriptFile(path: "/opt/convert", sha256: "missing")],
            origin: CallOrigin(source: .api, requestedBy: "ci-runner"), left: 200),
        bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + (0..<200).map { UInt8($0) })
    let approved = sampleItem(
        sampleApproval(3, status: .approved, requested: 90, left: -60, decided: 80, by: "ada", via: .dashboard, reason: "release day"),
        run: RunSummary(id: sampleID(3), status: .succeeded, exitCode: 0))
    let compact = sampleItem(sampleMissed(5),
        body: #"{"ref":"refs/heads/main","commits":[{"id":"0d1a26e6","message":"Update README.md"}],"forced":false}"#)
    let history = [
        approved,
        sampleItem(
            sampleApproval(
                4, endpoint: "restart-worker", status: .denied, requested: 200, left: -170, decided: 190, via: .link,
                reason: "not during the sale")),
        sampleItem(sampleApproval(6, endpoint: "nightly-backup", status: .expired, requested: 1500, left: -1470)),
        sampleItem(
            sampleApproval(7, status: .approved, requested: 3000, left: -2900, decided: 2990, by: "admin", via: .api),
            run: RunSummary(id: sampleID(7), status: .failed, exitCode: 1)),
        sampleItem(sampleApproval(8, status: .stale, requested: 4000, left: -3900, decided: 3990, via: .link)),
    ]
    let output = Array("Building site…\n→ 214 pages\n\u{1B}[32mdone\u{1B}[0m in 4.1 s\nsync s3://site-production … ok\n".utf8)
    let run = RunView(id: sampleID(3), run: sampleRun(), approvalID: sampleID(3))
    return [
        ("link", linkPage(LinkPageView(token: "t", item: gated, now: sampleNow))),
        ("schedules", schedulesPage(sampleSchedules())), ("link-json", linkPage(LinkPageView(token: "t", item: compact, now: sampleNow))),
        ("link-strange", linkPage(LinkPageView(token: "t", item: strange, now: sampleNow))),
        ("outcome", linkOutcomePage(LinkOutcomeView(item: approved, isFresh: true, token: "t", now: sampleNow))),
        ("outcome-denied", linkOutcomePage(LinkOutcomeView(item: history[1], token: "t", now: sampleNow))),
        ("unknown", unknownLinkPage()), ("login", loginPage(error: "That token is not known.")), ("confirm", loginConfirmPage("t")),
        (
            "approvals",
            approvalsPage(
                approvalsView(
                    pending: [nightly, gated, strange], history: history, older: "9",
                    notice: Notice(.good, "Approved deploy-site. It is queued to run.")))
        ),
        ("approvals-empty", approvalsPage(approvalsView())),
        ("approval", approvalPage(ApprovalPageView(session: session, item: gated, now: sampleNow))),
        ("approval-done", approvalPage(ApprovalPageView(session: session, item: approved, now: sampleNow))),
        (
            "runs",
            runsPage(
                RunsPageView(
                    session: session,
                    runs: [run, RunView(id: sampleID(4), run: sampleRun(.running)), RunView(id: sampleID(5), run: sampleRun(.failed))],
                    older: "3", now: sampleNow))
        ),
        ("run", runPage(RunPageView(session: session, item: run, output: output, now: sampleNow))),
        ("error", errorPage(status: 503, title: "The disk is full", detail: "Nothing was stored. Try again when there is room.")),
    ]
}
