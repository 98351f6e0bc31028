/// A page that says what went wrong. `detail` is a sentence or two for people.
package func errorPage(status: Int, title: String, detail: String) -> [UInt8] {
    openPage(title: title) {
        tag(.div, .class("panel outcome")) {
            tag(.p, .class("eyebrow"), text: String(status))
            tag(.h1) { personText(title) }
            tag(.p, .class("lead")) { personText(detail) }
            tag(.p) { tag(.a, .href(.approvals), text: "Go to the approvals") }
        }
    }
}
