/// Whether the bytes of a text lie in another, in time linear in both: D. E. Knuth, J. H. Morris, V. R. Pratt, "Fast pattern matching in
/// strings", SIAM Journal on Computing 6(2), 1977. Both come from outside, so the simple search would cost their product.
func holds(_ text: String, _ part: String) -> Bool {
    var (text, part) = (text, part)
    return text.withUTF8 { whole in part.withUTF8 { search($0, in: whole) } }
}

private func search(_ part: UnsafeBufferPointer<UInt8>, in whole: UnsafeBufferPointer<UInt8>) -> Bool {
    guard part.count <= whole.count else { return false }
    if part.isEmpty { return true }
    // For each beginning of `part`, how long the longest other beginning is that it ends with.
    var borders = Array(repeating: 0, count: part.count)
    var length = 0
    for index in part.indices.dropFirst() {
        while length > 0, part[index] != part[length] { length = borders[length - 1] }
        if part[index] == part[length] { length += 1 }
        borders[index] = length
    }
    var matched = 0
    for byte in whole {
        while matched > 0, byte != part[matched] { matched = borders[matched - 1] }
        if byte == part[matched] { matched += 1 }
        if matched == part.count { return true }
    }
    return false
}
