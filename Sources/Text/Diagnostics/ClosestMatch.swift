/// The candidate that `word` is most likely a slip of ("did you mean"), or nil if none is near.
///
/// Near means: at most one edit in words of up to four characters, two up to eight, three beyond; letter case counts as no edit.
/// Of equally near ones the first in the list wins.
package func closestMatch(_ word: String, in candidates: [String]) -> String? {
    let typed = Array(word.lowercased().unicodeScalars)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    let allowed = typed.count <= 4 ? 1 : typed.count <= 8 ? 2 : 3
    var best: (distance: Int, word: String)?
    for candidate in candidates {
        let letters = Array(candidate.lowercased().unicodeScalars)
        guard abs(letters.count - typed.count) <= allowed else { continue }
        let distance = editDistance(typed, letters)
        // A distance as long as the word itself says nothing: "a" is not a slip of "b".
        guard distance <= allowed, distance < max(typed.count, letters.count) else { continue }
        if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
    }
    return best?.word
}

/// Damerau-Levenshtein distance in its optimal string alignment form: insertions, deletions, substitutions and swaps of
/// neighbours, each 1. F. J. Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964.
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [Int](repeating: i, count: b.count + 1)
        for j in 1...b.count {
            let substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(last[j] + 1, row[j - 1] + 1, substituted)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
