package import Model

/// A delivery on the dashboard. Times are microseconds since 1970.
package struct DeliveryView: Sendable {
    package var id: String
    package var endpoint: String
    package var source: String
    package var event: String?
    package var senderID: String?
    package var verdict: DeliveryVerdict
    package var receivedAt: Int64
    package var lastSeenAt: Int64
    /// How often it came, the first time included.
    package var seen: Int
    package var peer: String
    /// Of the body; nil when it is no longer kept.
    package var size: Int?
    package var matchedSecret: Int?
    package var verifyMicroseconds: Int64?
    /// Who or what made its call.
    package var requestedBy: String?
    package var approvalID: String?
    /// Where it is known: a list does not ask for it.
    package var approvalStatus: ApprovalStatus?
    package var runID: String?
    package var redeliveryOf: String?
    /// The rule that left it out.
    package var reason: String?

    package init(
        id: String, endpoint: String, source: String, event: String? = nil, senderID: String? = nil, verdict: DeliveryVerdict,
        receivedAt: Int64, lastSeenAt: Int64, seen: Int = 1, peer: String, size: Int?, matchedSecret: Int? = nil,
        verifyMicroseconds: Int64? = nil, requestedBy: String? = nil, approvalID: String? = nil, approvalStatus: ApprovalStatus? = nil,
        runID: String? = nil,
        redeliveryOf: String? = nil, reason: String? = nil
    ) {
        self.id = id
        self.endpoint = endpoint
        self.source = source
        self.event = event
        self.senderID = senderID
        self.verdict = verdict
        self.receivedAt = receivedAt
        self.lastSeenAt = lastSeenAt
        self.seen = seen
        self.peer = peer
        self.size = size
        self.matchedSecret = matchedSecret
        self.verifyMicroseconds = verifyMicroseconds
        self.requestedBy = requestedBy
        self.approvalID = approvalID
        self.approvalStatus = approvalStatus
        self.runID = runID
        self.redeliveryOf = redeliveryOf
        self.reason = reason
    }
}

/// What the form above the list was sent with, as it was written.
package struct DeliveryFilterView: Sendable {
    package var endpoint = ""
    package var event = ""
    package var source = ""
    package var verdict: DeliveryVerdict?
    package var senderID = ""
    package var since = ""
    package var until = ""

    package init() {}

    var isEmpty: Bool { parameters.isEmpty }

    /// For the address of the next page.
    var parameters: [(name: StaticString, value: String)] {
        let all: [(name: StaticString, value: String)] = [
            ("endpoint", endpoint), ("event", event), ("source", source), ("verdict", verdict?.rawValue ?? ""), ("delivery_id", senderID),
            ("since", since), ("until", until),
        ]
        return all.filter { !$0.value.isEmpty }
    }
}

package struct DeliveriesPageView: Sendable {
    package var session: SessionView
    package var filter: DeliveryFilterView
    package var deliveries: [DeliveryView]
    /// The value of `before` for the next page; with a filter also when this one is empty.
    package var older: String?
    package var isFirstPage: Bool
    package var notice: Notice?
    package var now: Int64

    package init(
        session: SessionView, filter: DeliveryFilterView = DeliveryFilterView(), deliveries: [DeliveryView], older: String? = nil,
        isFirstPage: Bool = true, notice: Notice? = nil, now: Int64
    ) {
        self.session = session
        self.filter = filter
        self.deliveries = deliveries
        self.older = older
        self.isFirstPage = isFirstPage
        self.notice = notice
        self.now = now
    }
}

/// One delivery on its own page.
package struct DeliveryPageView: Sendable {
    package var session: SessionView
    package var item: DeliveryView
    package var headers: [NamedValue]
    package var areHeadersCut: Bool
    /// The body or, of a long one, its beginning.
    package var body: [UInt8]
    /// Ids of the deliveries that repeat this one at somebody's wish.
    package var redeliveredAs: [String]
    package var notice: Notice?
    package var now: Int64

    package init(
        session: SessionView, item: DeliveryView, headers: [NamedValue], areHeadersCut: Bool = false, body: [UInt8],
        redeliveredAs: [String] = [], notice: Notice? = nil, now: Int64
    ) {
        self.session = session
        self.item = item
        self.headers = headers
        self.areHeadersCut = areHeadersCut
        self.body = body
        self.redeliveredAs = redeliveredAs
        self.notice = notice
        self.now = now
    }
}

/// A refused attempt.
package struct RejectionView: Sendable {
    package var endpoint: String
    package var receivedAt: Int64
    package var status: Int
    package var reason: String
    package var peer: String
    package var senderID: String?

    package init(endpoint: String, receivedAt: Int64, status: Int, reason: String, peer: String, senderID: String?) {
        self.endpoint = endpoint
        self.receivedAt = receivedAt
        self.status = status
        self.reason = reason
        self.peer = peer
        self.senderID = senderID
    }
}

package struct RejectionsPageView: Sendable {
    package var session: SessionView
    package var endpoint: String
    package var rejections: [RejectionView]
    package var older: String?
    package var isFirstPage: Bool
    package var now: Int64

    package init(
        session: SessionView, endpoint: String = "", rejections: [RejectionView], older: String? = nil, isFirstPage: Bool = true, now: Int64
    ) {
        self.session = session
        self.endpoint = endpoint
        self.rejections = rejections
        self.older = older
        self.isFirstPage = isFirstPage
        self.now = now
    }
}
