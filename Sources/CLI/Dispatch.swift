internal import Diagnostics

/// The program: reads the command's name and hands the rest to the command. Gives the exit code.
/// - Parameter arguments: all of the process's, the program's own name first.
package func sluiceMain(_ arguments: [String]) -> Int32 {
    let health = OutputHealth()
    let code = dispatch(Array(arguments.dropFirst()), .standard(health: health))
    guard let failure = health.failure, code == ExitCode.success else { return code }
    Console.standard(health: OutputHealth()).note("sluice: cannot write the output: \(failure)")
    return ExitCode.failure
}

/// `sluiceMain` on any console; `arguments` without the program's name. The commands that need no server write to the process's streams.
package func dispatch(_ arguments: [String], _ console: Console) -> Int32 {
    guard let name = arguments.first else {
        console.errors(Array(helpOverview.utf8))
        return ExitCode.misuse
    }
    let rest = Array(arguments.dropFirst())
    switch name {
    case "serve": return runServeCommand(rest)
    case "check": return runCheckCommand(rest)
    case "config": return runConfigCommand(rest)
    case "cron": return runCronCommand(rest)
    case "simulate": return runSimulateCommand(rest, on: console)
    case "import": return runImportCommand(rest)
    case "schedules": return schedulesCommand.run(rest, on: console)
    case "approvals": return approvalsCommand.run(rest, on: console)
    case "runs": return runsCommand.run(rest, on: console)
    case "deliveries": return deliveriesCommand.run(rest, on: console)
    case "alerts": return alertsCommand.run(rest, on: console)
    case "notifications": return notificationsCommand.run(rest, on: console)
    case "silences": return silencesCommand.run(rest, on: console)
    case "call": return runCallCommand(rest, on: console)
    case "keys": return keysCommand.run(rest, on: console)
    case "version", "--version", "-V": return runVersionCommand(rest, on: console)
    case "help", "--help", "-h": return help(rest, console)
    default:
        let hint = closestMatch(name, in: commandNames).map { "; did you mean '\($0)'?" } ?? ""
        console.note("sluice: unknown command '\(visible(name))'\(hint)\nTry: sluice --help")
        return ExitCode.misuse
    }
}

private let commandNames = [
    "serve", "check", "config", "cron", "simulate", "import", "schedules", "approvals", "runs", "deliveries", "alerts", "notifications", "silences",
    "call", "keys", "version", "help",
]

/// `sluice help COMMAND...` is `sluice COMMAND... --help`.
private func help(_ words: [String], _ console: Console) -> Int32 {
    let words = words.filter { !$0.hasPrefix("-") }
    if words.isEmpty || words == ["help"] {
        console.output(Array(helpOverview.utf8))
        return ExitCode.success
    }
    return dispatch(words + ["--help"], console)
}

private let helpOverview = """
    usage: sluice COMMAND [OPTION]...

    Schedules, webhooks and API calls go into one queue; what a person approves runs; nothing else does.

    the server
      serve          run the server:        sluice serve --config wrapd.yaml --data ./data
      check          check a configuration: sluice check --config wrapd.yaml
      config json    print YAML as JSON:    sluice config json wrapd.yaml
      cron           explain expressions:   sluice cron next --tz Europe/Paris '0 6 * * 1-5'
      simulate       what would fire:       sluice simulate --from A --to B --config wrapd.yaml
      import         take a crontab over:   crontab -l | sluice import crontab -
                     or hooks of webhook:   sluice import webhook hooks.json

    its clients
      approvals      list, show, approve and deny what waits
      runs           list, show and read what ran
      deliveries     list, show and redeliver what webhooks brought
      schedules      list, run, pause, resume and backfill what fires
      alerts         list, try, enable, disable and create rules
      notifications  list, show and resend what was told
      silences       list, add and end times in which nothing is told
      call           call an endpoint:      sluice call deploy env=production --wait
      keys           create, list and revoke API keys

      version        print the version
      help           this text; sluice help COMMAND is sluice COMMAND --help

    environment
      SLUICE_URL          the server that clients speak to (default: http://127.0.0.1:8080)
      SLUICE_TOKEN        the admin token of all clients but call; also SLUICE_ADMIN_TOKEN
      SLUICE_API_KEY      the API key of call
      NO_COLOR            no colours on the terminal

    Exit code: 0 done, 1 failed or refused, 2 misuse; call ends with the run's, or 75 while it waits.

    """
