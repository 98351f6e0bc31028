/// Words as a POSIX shell would read them again: what is plain stands as it is, all else in single quotes.
package func quotedCommand(_ words: [String]) -> String { words.map(quotedWord).joined(separator: " ") }

package func quotedWord(_ word: String) -> String {
    let isPlain =
        !word.isEmpty
        && word.utf8.allSatisfy { byte in
            0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || "_-+=./:,@%^".utf8.contains(byte)
        }
    return isPlain ? word : singleQuoted(word)
}

/// One word, whatever is in it (POSIX.1-2017, Shell Command Language, 2.2.2).
package func singleQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
