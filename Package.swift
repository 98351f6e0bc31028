// swift-tools-version: 6.2
import PackageDescription

// The map of Sluice, in the order of the flow; lower targets know nothing of upper ones.
// No package is used: the system supplies SQLite, libcurl and libcrypto (`make deps`).

/// Swift settings of every target; a release links the Swift runtime in, so that one file is the whole program.
let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-static-stdlib"], .when(configuration: .release)),
]

func module(_ name: String, in folder: String, uses: [String] = []) -> Target {
    .target(
        name: name, dependencies: uses.map { .init(stringLiteral: $0) }, path: folder.isEmpty ? "Sources/\(name)" : "Sources/\(folder)/\(name)",
        swiftSettings: swift)
}

func tests(_ name: String, uses: [String], kit: Bool = false, without: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: (uses + (kit ? ["TestKit"] : [])).map { .init(stringLiteral: $0) },
        path: "Tests/\(name)", exclude: without, swiftSettings: [.treatAllWarnings(as: .error)])
}

let package = Package(
    name: "sluice",
    products: [.executable(name: "sluice", targets: ["sluice"])],
    targets: [
        // System: what the kernel and the C libraries give.
        .target(name: "CLinux", path: "Sources/System/CLinux"),
        .systemLibrary(
            name: "CSQLite", path: "Sources/System/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CCryptoLibrary", path: "Sources/System/CCryptoLibrary", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CCurlLibrary", path: "Sources/System/CCurlLibrary", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCrypto", dependencies: ["CCryptoLibrary"], path: "Sources/System/CCrypto"),
        .target(name: "CCurl", dependencies: ["CCurlLibrary"], path: "Sources/System/CCurl"),
        module("Posix", in: "System", uses: ["CLinux"]),  // descriptors, epoll, threads, child processes, clock
        module("Crypto", in: "System", uses: ["CCrypto"]),  // SHA-256, HMAC, random bytes, constant-time comparison
        module("Curl", in: "System", uses: ["CCurl", "Posix"]),  // HTTP requests and mails going out
        module("SQLite", in: "System", uses: ["CSQLite"]),  // connection, statement, error

        // Text: bytes in, values out; no I/O.
        module("Bytes", in: "Text"),  // scan, hex, base64, percent, UTF-8
        module("Diagnostics", in: "Text"),  // file:line:column messages with a caret, "did you mean"
        module("JSON", in: "Text", uses: ["Bytes"]),
        module("Conditions", in: "Text", uses: ["Bytes", "JSON", "Diagnostics"]),  // when: ref == "refs/heads/main", bounded and total
        module("YAML", in: "Text", uses: ["Diagnostics"]),
        module("CommandLine", in: "Text"),  // command text -> words, shell rule, ${name}
        module("Crontab", in: "Text", uses: ["Diagnostics"]),  // crontab(5): jobs, variables, % input

        // Time
        module("TimeZones", in: "Time"),  // the system's TZif files
        module("Cron", in: "Time", uses: ["TimeZones"]),  // parse, next, explain

        // Model: endpoint, delivery, call, approval, run: their states and legal moves; pure values.
        module("Model", in: "", uses: ["Bytes", "Crypto", "JSON", "Conditions", "Diagnostics", "CommandLine", "Crontab", "Cron", "TimeZones"]),
        module("Config", in: "", uses: ["Model", "Bytes", "YAML", "Diagnostics", "CommandLine", "Crontab", "Cron", "TimeZones", "Posix"]),

        // Store: one writer, many readers, migrations; all SQL.
        module("Store", in: "", uses: ["Model", "SQLite", "Posix", "Crypto"]),

        // Flow: one stage a folder; none imports another.
        module(
            "Triggers", in: "Flow",
            uses: ["Model", "Store", "Bytes", "JSON", "Conditions", "Crypto", "CommandLine", "Crontab", "Cron", "TimeZones", "Posix"]),
        module("Gates", in: "Flow", uses: ["Model"]),
        module("Queue", in: "Flow", uses: ["Store", "Posix"]),
        module("Decisions", in: "Flow", uses: ["Model", "Store", "Posix"]),
        module("Runs", in: "Flow", uses: ["Model", "Store", "Posix", "Crypto"]),
        module("Alerts", in: "Flow", uses: ["Model", "Store", "Posix", "Bytes", "JSON", "Conditions", "CommandLine", "TimeZones", "Crypto", "Curl"]),

        // Web
        module("HTTP", in: "Web", uses: ["Posix", "Bytes"]),  // parser, encoder, server; knows nothing of Sluice
        module("Dashboard", in: "Web", uses: ["Model", "Bytes"]),  // pages: values in, HTML out
        module(
            "API", in: "Web",
            uses: [
                "HTTP", "JSON", "Bytes", "Diagnostics", "Model", "Store", "Triggers", "Decisions", "Runs", "Alerts", "Dashboard", "Crypto",
                "TimeZones", "Posix",
            ]),

        // App: wiring, start and stop. CLI: one file a command. sluice: the entry point only.
        module(
            "App", in: "",
            uses: [
                "API", "HTTP", "Store", "Model", "Triggers", "Gates", "Queue", "Decisions", "Runs", "Alerts", "Posix",
                "Crypto", "Bytes", "JSON",
            ]),
        module(
            "CLI", in: "",
            uses: [
                "App", "Config", "Triggers", "Conditions", "CommandLine", "Crontab", "Curl", "JSON", "YAML", "Diagnostics", "Cron", "TimeZones",
                "Bytes", "Posix",
                "Model",
            ]),
        .executableTarget(
            name: "sluice", dependencies: ["CLI"], path: "Sources/sluice", swiftSettings: swift,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),

        // Tests: one target a module; Flow in process with a test clock, Contract with the built program.
        .target(name: "TestKit", dependencies: ["Posix"], path: "Tests/TestKit"),
        tests("BytesTests", uses: ["Bytes"]),
        tests("JSONTests", uses: ["JSON"], kit: true),
        tests("ConditionsTests", uses: ["Conditions", "JSON"], kit: true),
        tests("CryptoTests", uses: ["Crypto", "Bytes"]),
        tests("YAMLTests", uses: ["YAML", "Diagnostics"], kit: true),
        tests("CrontabTests", uses: ["Crontab", "Diagnostics"], kit: true),
        tests("CommandLineTests", uses: ["CommandLine"], kit: true),
        tests("TimeZonesTests", uses: ["TimeZones"], kit: true),
        tests("CronTests", uses: ["Cron", "TimeZones"], kit: true),
        tests("PosixTests", uses: ["Posix"], kit: true),
        tests("HTTPTests", uses: ["HTTP", "Posix", "Bytes"], kit: true),
        tests("CurlTests", uses: ["Curl", "Posix"], kit: true),
        tests("ConfigTests", uses: ["Config", "Conditions", "Cron", "JSON", "Model", "TimeZones", "YAML", "Diagnostics", "Posix"], kit: true),
        tests("StoreTests", uses: ["Store", "SQLite", "Model", "Posix", "Crypto"], kit: true),
        tests(
            "FlowTests",
            uses: [
                "Model", "Store", "SQLite", "Triggers", "Gates", "Queue", "Decisions", "Runs", "Alerts", "Posix", "Crypto", "Curl", "Bytes",
                "JSON", "Cron", "Crontab", "TimeZones",
            ], kit: true),
        tests("DashboardTests", uses: ["Dashboard", "Model"]),
        tests("AppTests", uses: ["App", "Model", "Posix", "SQLite", "JSON"], kit: true),
        tests("CLITests", uses: ["App", "CLI", "YAML", "JSON", "Diagnostics"], kit: true),
        tests("ContractTests", uses: ["Bytes", "JSON", "Crypto", "Posix", "SQLite", "sluice"], kit: true),
        tests(
            "CrashTests", uses: ["JSON", "Crypto", "Model", "Posix", "SQLite", "TimeZones", "sluice"], kit: true,
            without: ["PowerCut", "FakeClock", "OldKernel"]),
        tests("TidyTests", uses: []),
    ],
    swiftLanguageModes: [.v6]
)
