import Diagnostics

/// Anchors seen so far, and what their aliases would add to the document.
struct AnchorTable {
    /// What a node is worth against the limits.
    struct Extent {
        var nodes = 0
        var bytes = 0
        /// Levels below the node.
        var height = 0
    }

    enum Entry {
        /// The anchored node is still being read, since this offset.
        case open
        case node(YAMLNode, Extent)
    }

    /// An anchor whose node is being read.
    struct Open {
        let name: String
        let start: SourcePosition
        let offset: Int
        fileprivate let depth: Int
        fileprivate let before: Extent
        fileprivate let outerDeepest: Int
    }

    /// Keyed by the bytes: two names that only look the same are two names.
    private var entries: [ExactText: Entry] = [:]
    private var total = Extent()
    private var deepest = 0
    private var expanded = Extent()

    subscript(name: String) -> Entry? { entries[ExactText(name)] }

    mutating func count(bytes: Int) {
        total.nodes += 1
        total.bytes += bytes
    }

    mutating func reach(depth: Int) { deepest = max(deepest, depth) }

    mutating func open(_ name: String, start: SourcePosition, offset: Int, depth: Int) -> Open {
        entries[ExactText(name)] = .open
        let open = Open(name: name, start: start, offset: offset, depth: depth, before: total, outerDeepest: deepest)
        deepest = depth
        return open
    }

    mutating func close(_ open: Open, _ node: YAMLNode) {
        let extent = Extent(
            nodes: max(1, total.nodes - open.before.nodes), bytes: total.bytes - open.before.bytes,
            height: max(0, deepest - open.depth))
        deepest = max(deepest, open.outerDeepest)
        entries[ExactText(open.name)] = .node(node, extent)
    }

    /// Counts an alias; false if the document grows over a limit.
    mutating func expand(_ extent: Extent) -> Bool {
        total.nodes += extent.nodes
        total.bytes += extent.bytes
        expanded.nodes += extent.nodes
        expanded.bytes += extent.bytes
        return expanded.nodes <= Limits.expandedNodes && expanded.bytes <= Limits.expandedBytes
    }
}

/// A string compared by its bytes: Swift's own comparison takes composed and decomposed letters for equal, YAML doesn't.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var utf8 = text
        utf8.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension Parser {
    /// A name behind `&` or `*`: anything but white space and flow indicators (section 6.9.2).
    private mutating func anchorName(_ what: String) throws(YAMLError) -> String {
        let mark = i
        i += 1
        while !isSpaceOrBreak(i), !isFlowIndicator(i) { i += 1 }
        guard i > mark + 1 else {
            throw failure(
                at: mark, "the \(what) has no name",
                hint: "put the value in quotes if it is text that starts with '\(what == "alias" ? "*" : "&")'")
        }
        return text(mark + 1, i)
    }

    /// At `&`; stands behind the name and the blanks after it.
    mutating func openAnchor(depth: Int) throws(YAMLError) -> AnchorTable.Open {
        let start = here()
        let offset = i
        let name = try anchorName("anchor")
        guard isSpaceOrBreak(i) || isFlowIndicator(i) && byte != UInt8(ascii: "[") && byte != UInt8(ascii: "{") else {
            throw failure("an anchor needs a space after its name")
        }
        // An anchored empty node ends here.
        lastEnd = here()
        let open = anchors.open(name, start: start, offset: offset, depth: depth)
        skipBlanks()
        switch byte {
        case UInt8(ascii: "!"): throw tagFailure()
        case UInt8(ascii: "*"):
            throw failure("an alias can't have an anchor", hint: "put the value in quotes if it is text that starts with '*'")
        case UInt8(ascii: "&"): throw failure("a value can have one anchor only")
        default: return open
        }
    }

    mutating func closeAnchor(_ open: AnchorTable.Open?, _ node: YAMLNode) -> YAMLNode {
        guard let open else { return node }
        var anchored = node
        anchored.start = open.start
        anchors.close(open, anchored)
        return anchored
    }

    /// At `*`: a copy of what the anchor names.
    mutating func alias(depth: Int) throws(YAMLError) -> YAMLNode {
        let start = here()
        let mark = i
        let name = try anchorName("alias")
        switch anchors[name] {
        case .node(var node, let extent):
            guard anchors.expand(extent) else {
                let limit = "\(Limits.expandedNodes) nodes or \(Limits.expandedBytes >> 20) MiB"
                throw failure(at: mark, to: i, "the aliases of this file expand to too much: more than \(limit)")
            }
            if extent.height > 0 { try checkDepth(depth + extent.height) }
            anchors.reach(depth: depth + extent.height)
            lastEnd = here()
            node.start = start
            node.end = lastEnd
            return node
        case .open:
            throw failure(at: mark, to: i, "the anchor '\(shortened(name))' is used inside its own value")
        case nil:
            throw failure(
                at: mark, to: i, "the alias '*\(shortened(name))' names no anchor before it",
                hint: "put the value in quotes if it is text that starts with '*'")
        }
    }

    func tagFailure() -> YAMLError {
        var until = i
        while !isSpaceOrBreak(until) { until += 1 }
        return failure(
            at: i, to: until, "tags such as '\(shortened(text(i, until)))' are not supported",
            hint: "leave it out, or put the value in quotes if it is text that starts with '!'")
    }
}
