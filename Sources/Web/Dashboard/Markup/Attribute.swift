/// An attribute of an element, made only by the functions below: their names are fixed here, none runs code (`on...`, `style`), and those
/// that hold an address take a `SitePath`, so that no `javascript:` gets in.
package struct Attribute: Sendable {
    let name: StaticString
    /// nil for an attribute that is only there or not (`required`).
    let value: String?

    private init(_ name: StaticString, _ value: String?) {
        self.name = name
        self.value = value
    }

    static func `class`(_ names: String) -> Attribute { .init("class", names) }
    static func id(_ id: String) -> Attribute { .init("id", id) }
    static func title(_ text: String) -> Attribute { .init("title", text) }
    static func lang(_ tag: StaticString) -> Attribute { .init("lang", "\(tag)") }
    static func role(_ role: StaticString) -> Attribute { .init("role", "\(role)") }
    static func label(_ text: String) -> Attribute { .init("aria-label", text) }
    static func labelled(by id: String) -> Attribute { .init("aria-labelledby", id) }
    static func described(by id: String) -> Attribute { .init("aria-describedby", id) }
    static func column(_ name: StaticString) -> Attribute { .init("data-label", "\(name)") }
    static func dateTime(_ text: String) -> Attribute { .init("datetime", text) }

    static func href(_ path: SitePath) -> Attribute { .init("href", path.text) }
    static func src(_ path: SitePath) -> Attribute { .init("src", path.text) }
    static func action(_ path: SitePath) -> Attribute { .init("action", path.text) }
    static func `for`(_ id: String) -> Attribute { .init("for", id) }
    static func name(_ name: StaticString) -> Attribute { .init("name", "\(name)") }
    static func value(_ value: String) -> Attribute { .init("value", value) }
    static func type(_ type: StaticString) -> Attribute { .init("type", "\(type)") }
    static func content(_ text: StaticString) -> Attribute { .init("content", "\(text)") }
    /// The content of a `meta` that opens `path` by a GET after so many seconds.
    static func refresh(after seconds: Int64, to path: SitePath) -> Attribute { .init("content", "\(seconds);url=\(path.text)") }
    static func rel(_ text: StaticString) -> Attribute { .init("rel", "\(text)") }
    static func autocomplete(_ text: StaticString) -> Attribute { .init("autocomplete", "\(text)") }
    static func rows(_ count: Int) -> Attribute { .init("rows", String(count)) }
    static func maxLength(_ count: Int) -> Attribute { .init("maxlength", String(count)) }

    static let alt = Attribute("alt", "")
    static let charset = Attribute("charset", "utf-8")
    static let columnHeader = Attribute("scope", "col")
    static let current = Attribute("aria-current", "page")
    static let hidden = Attribute("aria-hidden", "true")
    static let leftToRight = Attribute("dir", "ltr")
    static let get = Attribute("method", "get")
    static let post = Attribute("method", "post")
    static let refreshes = Attribute("http-equiv", "refresh")
    static let selected = Attribute("selected", nil)
    static let required = Attribute("required", nil)
    static let rowHeader = Attribute("scope", "row")
    static let autofocus = Attribute("autofocus", nil)
    /// Lets a keyboard reach a part that scrolls.
    static let reachable = Attribute("tabindex", "0")
    static let noSpellcheck = Attribute("spellcheck", "false")
}
