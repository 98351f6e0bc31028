package import Diagnostics

/// A node of a YAML document with its place in the file. Aliases are expanded: each is a copy of the node that it names.
package struct YAMLNode: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    package var content: Content
    /// The first character, an anchor included. For an expanded alias: that of the alias.
    package var start: SourcePosition
    /// Just behind the last character.
    package var end: SourcePosition

    package init(_ content: Content, start: SourcePosition, end: SourcePosition) {
        self.content = content
        self.start = start
        self.end = end
    }
}

/// One `key: value` of a mapping, in file order; no two of a mapping have the same key.
///
/// A merge key `<<` has no meaning in the core schema of YAML 1.2: it is a key like any other.
package struct YAMLEntry: Sendable, Hashable {
    /// The key as JSON needs it, a string: the text of the scalar as written (`1: a` gives "1", `True: b` gives "True"), and
    /// "null" for a null key (`~: c`, `: c`).
    package var key: String
    package var keyNode: YAMLNode
    package var value: YAMLNode
}

package struct YAMLScalar: Sendable, Hashable {
    package enum Style: Sendable, Hashable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// What the scalar says after unfolding and unescaping; "" for an empty node.
    package var text: String
    package var style: Style
    package var value: YAMLValue
}

/// What a scalar is by the core schema (YAML 1.2.2, section 10.3.2). Only plain scalars are more than strings.
package enum YAMLValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    /// An integer beyond Int64: its decimal digits without leading zeros, with `-` if negative.
    case bigInt(String)
    /// Also infinite and not-a-number.
    case float(Double)
    /// The text of the scalar.
    case string
}

/// Why a file is not YAML, or not the part of YAML that is read here.
package struct YAMLError: Error, Sendable {
    package var diagnostic: Diagnostic
}
