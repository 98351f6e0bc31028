/// `sluice serve`: runs the server until a signal ends it.
/// - Parameter arguments: what follows `serve`.
package func runServeCommand(_ arguments: [String]) -> Int32 {
    printError("sluice serve: this build has no server\n")
    return ExitCode.failure
}
