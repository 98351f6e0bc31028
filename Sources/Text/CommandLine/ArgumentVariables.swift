/// The variable for each argument: `SLUICE_ARG_` and the name in capitals, `_` for all but letters and digits, and a number
/// behind it where two names would meet. Always mapped, so that no argument can be called PATH or IFS.
func argumentVariables(for names: [String]) -> [ArgumentVariable] {
    var taken: Set<String> = []
    var seen: Set<String> = []
    return names.compactMap { name in
        guard seen.insert(name).inserted else { return nil }
        let base = "SLUICE_ARG_" + String(decoding: name.utf8.map(variableByte), as: UTF8.self)
        var variable = base
        var number = 2
        while !taken.insert(variable).inserted {
            variable = "\(base)_\(number)"
            number += 1
        }
        return ArgumentVariable(argument: name, variable: variable)
    }
}

private func variableByte(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x61...0x7A: byte - 0x20
    case 0x41...0x5A, 0x30...0x39: byte
    default: 0x5F
    }
}
