/// Members in the order they were written, each key once. Keys are compared byte by byte, not by Unicode equivalence
/// (which would take U+212A, the Kelvin sign, for a K).
package struct JSONObject: Sendable {
    package struct Member: Sendable {
        package let key: String
        package internal(set) var value: JSONValue
    }

    package private(set) var members: [Member] = []
    /// Positions by key, kept only when searching the list would be slow.
    private var positions: [ExactKey: Int]?
    private static let searchLimit = 12

    package init() {}

    /// Later members replace earlier ones of the same key.
    package init(_ members: [(String, JSONValue)]) {
        for (key, value) in members { self[key] = value }
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    /// Setting appends a new key at the end, and nil removes one.
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                positions = nil
                indexIfLarge()
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if positions == nil { indexIfLarge() } else { positions?[ExactKey(text: key)] = members.count - 1 }
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let positions { return positions[ExactKey(text: key)] }
        return members.firstIndex { exactlyEqual($0.key, key) }
    }

    private mutating func indexIfLarge() {
        guard members.count > Self.searchLimit else { return }
        var index: [ExactKey: Int] = [:]
        for (position, member) in members.enumerated() { index[ExactKey(text: member.key)] = position }
        positions = index
    }
}

extension JSONObject: Equatable {
    /// The order of members has no meaning in JSON, so it has none here.
    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

struct ExactKey: Hashable {
    let text: String

    static func == (a: ExactKey, b: ExactKey) -> Bool { exactlyEqual(a.text, b.text) }

    func hash(into hasher: inout Hasher) {
        var copy = text
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

func exactlyEqual(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
}
