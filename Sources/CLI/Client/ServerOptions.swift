/// The options of all commands that speak to a server.
enum ServerOptions {
    static let address = ArgumentParser.Option.value("server", "URL", "the server (default: SLUICE_URL, else \(ServerAddress.standard))")
    static let json = ArgumentParser.Option.flag("json", "print JSON instead of text")

    /// For management routes.
    static let admin: [ArgumentParser.Option] = [
        json, address,
        .value("token-file", "FILE", "read the admin token from FILE (default: SLUICE_TOKEN or SLUICE_ADMIN_TOKEN)"),
        .value("data", "DIR", "else from the file admin-token in DIR (default: SLUICE_DATA)"),
    ]

    static let adminNotes = """
        The admin token comes from SLUICE_TOKEN, SLUICE_ADMIN_TOKEN or a file, never from an argument,
        which every user of the machine could read. Exit code: 0 done, 1 failed or refused, 2 misuse.
        """

    /// The client that the options and the environment describe.
    static func client(_ arguments: Arguments, _ console: Console) throws(CommandFailure) -> ServerClient {
        ServerClient(
            address: try serverAddress(arguments, console),
            adminToken: try Credentials.adminToken(file: arguments["token-file"], dataDirectory: arguments["data"], console: console),
            apiKey: nil)
    }

    static func serverAddress(_ arguments: Arguments, _ console: Console) throws(CommandFailure) -> ServerAddress {
        try ServerAddress(arguments["server"] ?? console.variable("SLUICE_URL") ?? ServerAddress.standard)
    }
}
