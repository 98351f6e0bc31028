import Dashboard
import Model

/// 2026-11-22 21:03:05 UTC.
let sampleNow: Int64 = 1_795_381_385_000_000
let minute: Int64 = 60_000_000

let session = SessionView(name: "admin", csrf: "c5rf-T0ken")

func sampleID(_ number: Int) -> String { "0000000000\(number % 10)0-8a1b-8c2d-9e3f-4a5b6c7d8e9f".replacingFirstDash }

extension String {
    /// Puts the first dash of a UUID where it belongs.
    fileprivate var replacingFirstDash: String {
        let digits = filter { $0 != "-" }
        var text = ""
        for (index, digit) in digits.prefix(32).enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}

/// Everything of a call that comes from outside, settable at once.
func sampleApproval(
    _ number: Int64 = 1, endpoint: String = "deploy-site", status: ApprovalStatus = .pending, command: String = "./deploy.sh --env ${env}",
    argv: [String] = ["./deploy.sh", "--env", "production", "release notes 2.4"],
    arguments: [NamedValue] = [NamedValue("env", "production"), NamedValue("title", "release notes 2.4")],
    carried: [NamedValue] = [], environment: [NamedValue] = [NamedValue("LANG", "C.UTF-8")], directory: String = "/srv/site",
    scripts: [ScriptFile] = [ScriptFile(path: "/srv/site/deploy.sh", sha256: String(repeating: "3fa9c01e", count: 8))],
    origin: CallOrigin = CallOrigin(
        source: .webhook, requestedBy: "github", event: "push", deliveryID: "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    requested: Int64 = 7, left: Int64 = 23, decided: Int64? = nil, by: String? = nil, via: DecisionVia? = nil, reason: String? = nil, gate: String? = nil,
    changed: Bool = false, size: Int = 0
) -> Approval {
    var approval = Approval(
        id: number, endpoint: endpoint, status: status, requestedAt: sampleNow - requested * minute, expiresAt: sampleNow + left * minute,
        timeoutMinutes: 30, origin: origin,
        spec: CallSpec(
            endpoint: endpoint, revision: 4, command: command, argv: argv, arguments: arguments, argumentEnvironment: carried,
            environment: environment,
            workingDirectory: directory, timeoutSeconds: 300, scripts: scripts),
        digest: String(repeating: "b1946ac9", count: 8), decidedAt: decided.map { sampleNow - $0 * minute }, decidedBy: by, decidedVia: via,
        reason: reason, endpointChanged: changed, hasRun: status == .approved, stdinSize: size)
    approval.gateReason = gate
    return approval
}

func sampleItem(_ approval: Approval, body: String = "", run: RunSummary? = nil) -> ApprovalView {
    sampleItem(approval, bytes: Array(body.utf8), run: run)
}

func sampleItem(_ approval: Approval, bytes: [UInt8], run: RunSummary? = nil) -> ApprovalView {
    var approval = approval
    approval.stdinSize = bytes.count
    return ApprovalView(id: sampleID(Int(approval.id)), approval: approval, body: bytes, run: run)
}

func sampleRun(_ status: RunStatus = .succeeded, endpoint: String = "deploy-site", error: String? = nil, by: String = "github") -> Run {
    Run(
        id: 1, endpoint: endpoint, status: status, origin: CallOrigin(source: .webhook, requestedBy: by, event: "push"),
        command: "./deploy.sh --env ${env}", queuedAt: sampleNow - 3 * minute, startedAt: sampleNow - 3 * minute,
        finishedAt: status.isFinished ? sampleNow - 2 * minute : nil, exitCode: status.isFinished ? (status == .succeeded ? 0 : 1) : nil,
        durationMicroseconds: status.isFinished ? 61_240_000 : nil, cutBytes: 0, error: error, wasGated: true)
}

let samplePush = """
    {
      "ref": "refs/heads/main",
      "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
      "after": "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c",
      "repository": {"id": 35129377, "full_name": "baxterthehacker/public-repo", "private": false},
      "pusher": {"name": "baxterthehacker", "email": "baxter@example.com"},
      "head_commit": {"message": "Update README.md", "timestamp": "2026-11-22T20:55:40Z"}
    }
    """

func approvalsView(pending: [ApprovalView] = [], history: [ApprovalView] = [], older: String? = nil, notice: Notice? = nil)
    -> ApprovalsPageView
{
    ApprovalsPageView(
        session: session, pending: pending, history: history, older: older, baseURL: "http://127.0.0.1:8080", notice: notice, now: sampleNow
    )
}

/// Every page with every text that comes from outside set to `text`.
func allPages(hostile text: String) -> [(name: String, bytes: [UInt8])] {
    func item(_ status: ApprovalStatus, _ number: Int64) -> ApprovalView {
        sampleItem(
            sampleApproval(
                number, endpoint: text, status: status, command: text, argv: [text, "", text], arguments: [NamedValue(text, text)],
                carried: [NamedValue(text, text)], environment: [NamedValue(text, text)], directory: text,
                scripts: [ScriptFile(path: text, sha256: text)],
                origin: CallOrigin(source: .api, requestedBy: text, event: text, deliveryID: text), decided: 1, by: text, via: .api,
                reason: text, gate: text, changed: true),
            body: text, run: status == .approved ? RunSummary(id: text, status: .failed, exitCode: 3) : nil)
    }
    let session = SessionView(name: text, csrf: text)
    let run = RunView(id: text, run: sampleRun(.failed, endpoint: text, error: text, by: text), approvalID: text)
    var approvals = approvalsView(
        pending: [item(.pending, 1), item(.pending, 2)],
        history: ApprovalStatus.allCases.filter { $0 != .pending }.enumerated().map { item($1, Int64($0 + 3)) }, older: text,
        notice: Notice(.bad, text))
    approvals.session = session
    approvals.baseURL = text
    approvals.account = text
    return [
        ("link", linkPage(LinkPageView(token: text, item: item(.pending, 1), now: sampleNow))),
        (
            "approval",
            approvalPage(ApprovalPageView(session: session, item: item(.pending, 1), notice: Notice(.info, text), now: sampleNow))
        ),
        ("approvals", approvalsPage(approvals)),
        (
            "schedules",
            schedulesPage(
                SchedulesPageView(
                    session: session,
                    schedules: [
                        ScheduleView(
                            id: text, timing: text, timezone: text, command: text, place: text, isGated: true, isPaused: true, pauseReason: text,
                            upcoming: [PlannedTime(sampleNow, offset: 3600)], lastFire: sampleNow, lastRun: RunSummary(id: text, status: .failed, exitCode: 3),
                            skipped: [(.missed, 5)])
                    ], next: text, notice: Notice(.bad, text), now: sampleNow))
        ),
        (
            "backfill",
            backfillPage(
                BackfillPageView(
                    session: session, schedule: text, isGated: true, from: text, to: text, fires: [sampleNow], alreadyMade: 2,
                    notice: Notice(.bad, text)))
        ),
        ("login", loginPage(error: text)), ("login-confirm", loginConfirmPage(text)),
        ("error", errorPage(status: 500, title: text, detail: text)),
        ("runs", runsPage(RunsPageView(session: session, runs: [run], older: text, now: sampleNow))),
        ("run", runPage(RunPageView(session: session, item: run, output: Array(text.utf8), now: sampleNow))),
    ]
        + hostileDeliveryPages(text, session) + hostileAlertPages(text, session)
        + ApprovalStatus.allCases.map {
            ("outcome-\($0.rawValue)", linkOutcomePage(LinkOutcomeView(item: item($0, 1), token: "t", now: sampleNow)))
        }
}
