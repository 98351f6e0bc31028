/// A piece of a page as a tree: text, elements from a closed list, or several pieces.
///
/// There is no case for finished markup. Whatever comes from outside can only become `text` or an attribute's value, and `render` escapes
/// both, so no input can become an element, an attribute or a script.
package indirect enum HTML: Sendable {
    case text(String)
    case element(Tag, [Attribute], [HTML])
    case group([HTML])

    static let nothing = HTML.group([])
}

/// The elements that pages use. `script`, `style`, `iframe` and the like are not among them.
package enum Tag: String, Sendable {
    case html, head, meta, title, link, body
    case header, nav, main, section, article, aside, footer, div, p, span, h1, h2, h3
    case a, img, strong, em, small, code, pre, kbd, mark, time, bdi, bdo
    case ul, ol, li, dl, dt, dd, details, summary
    case table, caption, thead, tbody, tr, th, td
    case form, label, input, select, option, textarea, button

    /// Elements without content and end tag (HTML standard, section 13.1.2).
    var isVoid: Bool {
        switch self {
        case .meta, .link, .img, .input: true
        default: false
        }
    }

    /// Elements whose first line feed a browser drops, so that one is written that may be dropped (HTML standard, section 13.1.2.5).
    var dropsFirstLineFeed: Bool { self == .pre || self == .textarea }
}

/// Builds the content of an element: texts, elements, conditions and loops.
@resultBuilder
package enum HTMLBuilder {
    package static func buildExpression(_ text: String) -> HTML { .text(text) }
    package static func buildExpression(_ html: HTML) -> HTML { html }
    package static func buildExpression(_ html: HTML?) -> HTML { html ?? .nothing }
    package static func buildBlock(_ parts: HTML...) -> HTML { .group(parts) }
    package static func buildOptional(_ part: HTML?) -> HTML { part ?? .nothing }
    package static func buildEither(first: HTML) -> HTML { first }
    package static func buildEither(second: HTML) -> HTML { second }
    package static func buildArray(_ parts: [HTML]) -> HTML { .group(parts) }
}

/// An element with attributes and content.
func tag(_ tag: Tag, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
    .element(tag, attributes, [content()])
}

/// An element that holds a text.
func tag(_ tag: Tag, _ attributes: Attribute..., text: String) -> HTML {
    .element(tag, attributes, [.text(text)])
}

func group(@HTMLBuilder content: () -> HTML) -> HTML { content() }
