internal import Model

/// The header fields that belong to every page beside `Content-Type: text/html; charset=utf-8`: pages load nothing but the style sheet and
/// the icon of this site, run no script, and can't be framed.
package let pageSecurityHeaders: [(name: String, value: String)] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]

/// The places of the navigation.
enum Place { case approvals, runs, deliveries, schedules, alerts, notifications }

/// A page that is opened anew by the browser after a while: always by a GET, so that no form is sent again.
struct Refresh {
    var seconds: Int64
    var path: SitePath
}

/// A page for everyone: brand and content, no navigation.
func openPage(title: String, width: String = "narrow", refresh: Refresh? = nil, @HTMLBuilder content: () -> HTML) -> [UInt8] {
    document(title: title, refresh: refresh) {
        tag(.header, .class("bar")) {
            tag(.div, .class("bar-inner " + width)) { tag(.span, .class("brand")) { brand } }
        }
        tag(.main, .id("main"), .class(width)) { content() }
    }
}

/// A page for those who are logged in: with navigation, account and log out.
func dashboardPage(title: String, session: SessionView, place: Place, @HTMLBuilder content: () -> HTML) -> [UInt8] {
    document(title: title) {
        tag(.header, .class("bar")) {
            tag(.div, .class("bar-inner wide")) {
                tag(.a, .class("brand"), .href(.approvals)) { brand }
                tag(.nav, .label("Main")) {
                    navigationLink("Approvals", .approvals, isCurrent: place == .approvals)
                    navigationLink("Runs", .runs, isCurrent: place == .runs)
                    navigationLink("Deliveries", .deliveries, isCurrent: place == .deliveries)
                    navigationLink("Schedules", .schedules, isCurrent: place == .schedules)
                    navigationLink("Alerts", .alerts, isCurrent: place == .alerts)
                    navigationLink("Notifications", .notifications, isCurrent: place == .notifications)
                }
                tag(.form, .class("account"), .action(.logout), .post) {
                    tag(.span, .class("who")) { personText(session.name) }
                    csrfField(session)
                    tag(.button, .class("quiet"), .type("submit"), text: "Log out")
                }
            }
        }
        tag(.main, .id("main"), .class("wide")) { content() }
    }
}

func csrfField(_ session: SessionView) -> HTML {
    tag(.input, .type("hidden"), .name("csrf"), .value(session.csrf))
}

func noticeBox(_ notice: Notice?) -> HTML? {
    notice.map { notice in
        tag(.div, .class("notice " + notice.kind.rawValue), .role("status")) { personText(notice.text) }
    }
}

private func navigationLink(_ text: String, _ path: SitePath, isCurrent: Bool) -> HTML {
    isCurrent ? tag(.a, .href(path), .current, text: text) : tag(.a, .href(path), text: text)
}

private var brand: HTML {
    group {
        tag(.img, .src(StaticAsset.icon.path), .alt)
        tag(.span, .class("brand-name"), text: "Sluice")
    }
}

private func document(title: String, refresh: Refresh? = nil, @HTMLBuilder content: () -> HTML) -> [UInt8] {
    render(
        tag(.html, .lang("en")) {
            tag(.head) {
                tag(.meta, .charset)
                tag(.title, text: cut(title, to: 120).head + " · Sluice")
                tag(.meta, .name("viewport"), .content("width=device-width, initial-scale=1"))
                tag(.meta, .name("color-scheme"), .content("light dark"))
                tag(.meta, .name("robots"), .content("noindex, nofollow"))
                tag(.meta, .name("referrer"), .content("no-referrer"))
                if let refresh { tag(.meta, .refreshes, .refresh(after: refresh.seconds, to: refresh.path)) }
                tag(.link, .rel("icon"), .type("image/svg+xml"), .href(StaticAsset.icon.path))
                tag(.link, .rel("stylesheet"), .href(StaticAsset.stylesheet.path))
            }
            tag(.body) {
                tag(.a, .class("skip"), .href(.mainContent), text: "Skip to content")
                content()
            }
        })
}
