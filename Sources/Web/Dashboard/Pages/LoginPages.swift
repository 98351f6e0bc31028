/// `GET /login`: a form for a token. `error` says why the last one was refused.
package func loginPage(error: String?) -> [UInt8] {
    openPage(title: "Log in", width: "slim") {
        tag(.div, .class("panel")) {
            tag(.h1, text: "Log in")
            tag(.p, .class("lead"), text: "Use the admin token, or one that was made for you.")
            if let error { tag(.div, .class("notice bad"), .role("alert"), .id("login-error")) { personText(error) } }
            tag(.form, .class("login"), .action(.login), .post) {
                tag(.label, .for("token"), text: "Token")
                tag(
                    .input, .id("token"), .name("token"), .type("password"), .autocomplete("off"), .noSpellcheck, .required, .autofocus,
                    .described(by: error == nil ? "login-help" : "login-error login-help"))
                tag(.button, .class("primary"), .type("submit"), text: "Log in")
            }
            tag(.p, .id("login-help"), .class("hint small-print")) {
                "Sluice prints its first token when it starts, or takes it from "
                tag(.code, text: "SLUICE_ADMIN_TOKEN")
                "."
            }
        }
    }
}

/// `GET /login/{token}`, a one-time link: one button, as programs that preview links open them without asking.
package func loginConfirmPage(_ token: String) -> [UInt8] {
    openPage(title: "Log in", width: "slim") {
        tag(.div, .class("panel")) {
            tag(.h1, text: "Log in to Sluice")
            tag(.p, .class("lead"), text: "This link works once.")
            tag(.form, .class("login"), .action(.loginLink(token)), .post) {
                tag(.button, .class("primary"), .type("submit"), text: "Log in")
            }
        }
    }
}
