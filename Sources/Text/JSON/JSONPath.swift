internal import Bytes

/// A way from the top of a JSON text to a value in it.
package struct JSONPath: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        /// A member of an object, by the bytes of its key.
        case key([UInt8])
        /// An element of an array, counted from 0.
        case index(Int)
        /// Every element of an array.
        case all
    }

    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    package static let maximumSteps = 16

    /// Whether it may lead to several values.
    package var isMany: Bool { steps.contains(.all) }
}

/// Paths that are looked for together, in one pass over a text. A path is known by its slot: its number in the set.
package struct JSONPathSet: Sendable {
    package static let limit = 128

    package private(set) var paths: [JSONPath] = []
    /// What the paths ask for at each depth; a set of paths is a bit set of their slots.
    private(set) var levels: [Level] = []

    struct Level: Sendable {
        /// Those that have no further step.
        var ending: UInt128 = 0
        var all: UInt128 = 0
        var keys: [Key] = []
        var indices: [Index] = []
        var anyKey: UInt128 = 0
        var anyIndex: UInt128 = 0
    }

    struct Key: Sendable {
        let name: [UInt8]
        var paths: UInt128
    }

    struct Index: Sendable {
        let index: Int
        var paths: UInt128
    }

    package init() {}

    package var isEmpty: Bool { paths.isEmpty }

    /// The slot of `path`, which is added unless it is known; nil when it is too long or the set is full.
    package mutating func add(_ path: JSONPath) -> Int? {
        if let known = paths.firstIndex(of: path) { return known }
        guard paths.count < Self.limit, path.steps.count <= JSONPath.maximumSteps else { return nil }
        let slot = paths.count
        let bit = UInt128(1) << UInt128(slot)
        paths.append(path)
        while levels.count <= path.steps.count { levels.append(Level()) }
        for (depth, step) in path.steps.enumerated() { levels[depth].add(step, bit) }
        levels[path.steps.count].ending |= bit
        return slot
    }
}

extension JSONPathSet.Level {
    fileprivate mutating func add(_ step: JSONPath.Step, _ bit: UInt128) {
        switch step {
        case .all: all |= bit
        case .key(let name):
            anyKey |= bit
            if let place = keys.firstIndex(where: { $0.name == name }) {
                keys[place].paths |= bit
            } else {
                keys.append(.init(name: name, paths: bit))
            }
        case .index(let index):
            anyIndex |= bit
            if let place = indices.firstIndex(where: { $0.index == index }) {
                indices[place].paths |= bit
            } else {
                indices.append(.init(index: index, paths: bit))
            }
        }
    }
}
