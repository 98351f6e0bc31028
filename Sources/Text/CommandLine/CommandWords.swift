/// The words of one simple command so far, as far as a shell text shows them without being run.
struct CommandWords {
    private var finished: [String] = []
    private var current: [UInt8] = []
    private var quoted = false

    /// Whether the next character starts a word, so that `#` starts a comment.
    var atStart: Bool { current.isEmpty && !quoted }

    /// Whether the word that is being read, or comes next, is the text of a `sh -c`.
    var expectCode: Bool { expectsCode(finished) }

    mutating func add(_ byte: UInt8) { current.append(byte) }

    /// Notes that the word exists even if nothing readable is in it.
    mutating func quote() { quoted = true }

    mutating func endWord() -> String? {
        guard !atStart else { return nil }
        let word = String(decoding: current, as: UTF8.self)
        finished.append(word)
        current = []
        quoted = false
        return word
    }
}
