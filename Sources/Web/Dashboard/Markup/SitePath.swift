internal import Bytes

/// An address within this site: begins with one slash, and what comes from outside is in it only percent-encoded.
package struct SitePath: Sendable, Equatable {
    package let text: String

    /// `path` begins with one `/`, or with `#` for a place on the same page.
    package init(_ path: StaticString) { text = "\(path)" }

    private init(text: String) { self.text = text }

    /// The address one segment further down.
    package func appending(_ segment: String) -> SitePath {
        SitePath(text: text + "/" + percentEncode(segment))
    }

    /// The address with one query parameter more.
    package func query(_ name: StaticString, _ value: String) -> SitePath {
        SitePath(text: text + (text.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + "\(name)=" + percentEncode(value))
    }

    static let approvals = SitePath("/dashboard/approvals")
    static let runs = SitePath("/dashboard/runs")
    static let deliveries = SitePath("/dashboard/deliveries")
    static let rejectedDeliveries = SitePath("/dashboard/deliveries/rejected")
    static let schedules = SitePath("/dashboard/schedules")
    static let alerts = SitePath("/dashboard/alerts")
    static let deleteRule = SitePath("/dashboard/alerts/delete")
    static let silences = SitePath("/dashboard/silences")
    static let notifications = SitePath("/dashboard/notifications")
    static let login = SitePath("/login")
    static let logout = SitePath("/logout")
    /// The content of the same page.
    static let mainContent = SitePath("#main")

    static func approval(_ id: String) -> SitePath { approvals.appending(id) }
    static func delivery(_ id: String) -> SitePath { deliveries.appending(id) }
    static func notification(_ id: String) -> SitePath { notifications.appending(id) }
    static func schedule(_ id: String) -> SitePath { schedules.appending(id) }
    static func backfill(_ id: String) -> SitePath { SitePath(text: schedule(id).text + "/backfill") }
    static func run(_ id: String) -> SitePath { runs.appending(id) }
    static func approveLink(_ token: String) -> SitePath { SitePath("/approve").appending(token) }
    static func approveLinkWithReason(_ token: String) -> SitePath { approveLink(token).query("reason", "yes") }
    /// What became of it: another address than the form's, so that no browser takes opening it for sending the form again.
    static func approveLinkOutcome(_ token: String) -> SitePath { approveLink(token).query("show", "outcome") }
    static func loginLink(_ token: String) -> SitePath { login.appending(token) }
}
