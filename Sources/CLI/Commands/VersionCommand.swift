internal import JSON
internal import Model

/// `sluice version`
func runVersionCommand(_ arguments: [String], on console: Console) -> Int32 {
    let parser = ArgumentParser("version", "Prints the program's version.", options: [ServerOptions.json])
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        guard parsed.operands.isEmpty else { throw .misuse("version takes no arguments") }
        let document: JSONValue = ["version": .string(sluiceVersion)]
        console.print(parsed.has("json") ? document.encodedText() : "sluice \(sluiceVersion)")
        return ExitCode.success
    }
}
