/// `sluice check`: tells all errors of a configuration.
/// - Parameter arguments: what follows `check`.
package func runCheckCommand(_ arguments: [String]) -> Int32 {
    printError("sluice check: this build reads no configuration\n")
    return ExitCode.failure
}

/// `sluice config json`: prints what a YAML file means as JSON.
/// - Parameter arguments: what follows `config`.
package func runConfigCommand(_ arguments: [String]) -> Int32 {
    printError("sluice config: this build reads no configuration\n")
    return ExitCode.failure
}
