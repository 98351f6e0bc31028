package import Model

/// What became of an approved call.
package struct RunSummary: Sendable {
    /// The run's public id (a UUID).
    package var id: String
    package var status: RunStatus
    package var exitCode: Int?

    package init(id: String, status: RunStatus, exitCode: Int? = nil) {
        self.id = id
        self.status = status
        self.exitCode = exitCode
    }
}

/// An approval with what a page shows beside it.
package struct ApprovalView: Sendable {
    /// The approval's public id (a UUID).
    package var id: String
    package var approval: Approval
    /// The request body or, of a long one, its beginning: 64 KiB are enough. `approval.stdinSize` is the size of all of it.
    package var body: [UInt8]
    package var run: RunSummary?

    package init(id: String, approval: Approval, body: [UInt8] = [], run: RunSummary? = nil) {
        self.id = id
        self.approval = approval
        self.body = body
        self.run = run
    }
}

/// Who is logged in, and the token that every form of theirs carries.
package struct SessionView: Sendable {
    package var name: String
    package var csrf: String

    package init(name: String, csrf: String) {
        self.name = name
        self.csrf = csrf
    }
}

/// Something that just happened, said on top of a page.
package struct Notice: Sendable {
    package enum Kind: String, Sendable { case good, bad, info }

    package var kind: Kind
    package var text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

/// The page of an approve link that can still be used. `now` is microseconds since 1970, as are all instants.
package struct LinkPageView: Sendable {
    package var token: String
    package var item: ApprovalView
    /// With a field for a reason. Such a page stands still, since a refresh would take away what is being typed.
    package var takesReason: Bool
    package var now: Int64

    package init(token: String, item: ApprovalView, takesReason: Bool = false, now: Int64) {
        self.token = token
        self.item = item
        self.takesReason = takesReason
        self.now = now
    }
}

/// The page of an approve link that is spent or expired, also right after the decision.
package struct LinkOutcomeView: Sendable {
    package var item: ApprovalView
    /// The visitor's own decision was taken just now.
    package var isFresh: Bool
    /// The link's, to look again while the run goes on.
    package var token: String
    package var now: Int64

    package init(item: ApprovalView, isFresh: Bool = false, token: String, now: Int64) {
        self.token = token
        self.item = item
        self.isFresh = isFresh
        self.now = now
    }
}

/// One approval on its own page for those who are logged in.
package struct ApprovalPageView: Sendable {
    package var session: SessionView
    package var item: ApprovalView
    package var notice: Notice?
    package var now: Int64

    package init(session: SessionView, item: ApprovalView, notice: Notice? = nil, now: Int64) {
        self.session = session
        self.item = item
        self.notice = notice
        self.now = now
    }
}

/// The approvals that wait, and those that are over.
package struct ApprovalsPageView: Sendable {
    package var session: SessionView
    /// Those waiting, the first to expire on top; not necessarily all.
    package var pending: [ApprovalView]
    /// How many wait in all.
    package var pendingCount: Int
    package var history: [ApprovalView]
    /// The cursor of the next page of history (`?before=`); nil at its end.
    package var older: String?
    /// Whether this is the first page of history.
    package var isFirstPage: Bool
    /// Where callers reach Sluice, for the example (`http://127.0.0.1:8080`), and the account in their URLs.
    package var baseURL: String
    package var account: String
    package var notice: Notice?
    /// Only those of an endpoint, or of endpoints that a pattern names, are listed.
    package var endpoint: String?
    package var now: Int64

    package init(
        session: SessionView, pending: [ApprovalView], pendingCount: Int? = nil, history: [ApprovalView], older: String? = nil,
        isFirstPage: Bool = true, baseURL: String, account: String = "user", notice: Notice? = nil, endpoint: String? = nil,
        now: Int64
    ) {
        self.session = session
        self.pending = pending
        self.pendingCount = pendingCount ?? pending.count
        self.history = history
        self.older = older
        self.isFirstPage = isFirstPage
        self.baseURL = baseURL
        self.account = account
        self.notice = notice
        self.endpoint = endpoint
        self.now = now
    }
}

/// A run with its public id and, when it was gated, that of its approval.
package struct RunView: Sendable {
    package var id: String
    package var run: Run
    package var approvalID: String?

    package init(id: String, run: Run, approvalID: String? = nil) {
        self.id = id
        self.run = run
        self.approvalID = approvalID
    }
}

package struct RunsPageView: Sendable {
    package var session: SessionView
    package var runs: [RunView]
    /// The cursor of the next page (`?before=`); nil at the end.
    package var older: String?
    package var isFirstPage: Bool
    /// Only those of an endpoint, or of endpoints that a pattern names, are listed.
    package var endpoint: String?
    package var now: Int64

    package init(session: SessionView, runs: [RunView], older: String? = nil, isFirstPage: Bool = true, endpoint: String? = nil, now: Int64) {
        self.session = session
        self.runs = runs
        self.older = older
        self.isFirstPage = isFirstPage
        self.endpoint = endpoint
        self.now = now
    }
}

package struct RunPageView: Sendable {
    package var session: SessionView
    package var item: RunView
    /// What the command wrote, as far as it was kept.
    package var output: [UInt8]
    package var now: Int64

    package init(session: SessionView, item: RunView, output: [UInt8], now: Int64) {
        self.session = session
        self.item = item
        self.output = output
        self.now = now
    }
}
