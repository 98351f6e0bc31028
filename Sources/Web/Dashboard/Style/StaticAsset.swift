/// A file that never changes while the program runs. Its address holds a hash of its bytes, so it may be cached for ever.
package struct StaticAsset: Sendable {
    package let contentType: String
    package let bytes: [UInt8]
    /// `/static/sluice.1a2b3c4d.css`
    package let path: SitePath
    /// `/static/sluice.css`: the same, to be revalidated.
    package let plainPath: SitePath

    init(name: StaticString, suffix: StaticString, contentType: String, text: String) {
        self.contentType = contentType
        bytes = Array(text.utf8)
        let folder = SitePath("/static")
        path = folder.appending("\(name).\(contentHash(bytes)).\(suffix)")
        plainPath = folder.appending("\(name).\(suffix)")
    }

    package static let stylesheet = StaticAsset(
        name: "sluice", suffix: "css", contentType: "text/css; charset=utf-8", text: styleBase + styleParts + styleContent)
    package static let icon = StaticAsset(name: "sluice", suffix: "svg", contentType: "image/svg+xml", text: iconText)

    /// The asset at a request's path, and whether the answer may be kept for ever (`Cache-Control: public, max-age=31536000, immutable`).
    package static func at(_ path: String) -> (asset: StaticAsset, isImmutable: Bool)? {
        for asset in [stylesheet, icon] {
            if path == asset.path.text { return (asset, true) }
            if path == asset.plainPath.text { return (asset, false) }
        }
        return nil
    }
}

/// FNV-1a, 32 bits, as eight hexadecimal digits: tells versions apart, protects nothing.
private func contentHash(_ bytes: [UInt8]) -> String {
    var hash: UInt32 = 0x811C_9DC5
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
}

/// A gate half raised over water.
private let iconText = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b78"/>\
    <path d="M7 6v13M25 6v13" stroke="#fff" stroke-width="3" stroke-linecap="round"/>\
    <rect x="10.5" y="6" width="11" height="8.5" rx="1.5" fill="#fff"/>\
    <path d="M6 24.5c2.5-2.6 4.5-2.6 6.7 0s4.4 2.6 6.6 0 4.3-2.6 6.7 0"\
     fill="none" stroke="#8fe3ec" stroke-width="3" stroke-linecap="round"/>\
    </svg>

    """
