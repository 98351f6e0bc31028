/// Reads one YAML 1.2.2 document; an empty one is a null scalar.
///
/// Beyond what the standard forbids, refused are: tags, more than one document, keys that are not scalars, keys of a mapping
/// with the same text (`1` and `"1"` too: JSON has only string keys), nesting deeper than 256, and aliases that expand to more
/// than 100,000 nodes or 8 MiB of text. Takes time in proportion to the input and that expansion.
package func parseYAML(_ bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
    var parser = Parser(try SourceText(bytes))
    return try parser.document()
}

/// What keeps a hostile file from taking the process down.
enum Limits {
    /// Collections in collections; also what aliases bring in.
    static let depth = 256
    /// Nodes that aliases add, in a whole document.
    static let expandedNodes = 100_000
    /// Bytes of text that aliases add.
    static let expandedBytes = 8 << 20
    /// Unicode scalars of a key that stands before a `:` on its line (YAML 1.2.2, section 7.4, production 154).
    static let implicitKey = 1024
}
