import Glibc
import Testing

import CommandLine

/// Runs a command with values and gives what it prints.
func run(_ command: CommandTemplate, _ values: [String: String]) throws -> String {
    String(decoding: try runBytes(command, values), as: UTF8.self)
}

func runBytes(_ command: CommandTemplate, _ values: [String: String]) throws -> [UInt8] {
    let rendered = try command.render(values: values)
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)

    let variables = ["PATH=/usr/bin:/bin"] + rendered.environment.map { "\($0.name)=\($0.value)" }
    let argv: [UnsafeMutablePointer<CChar>?] = rendered.argv.map { strdup($0) } + [nil]
    let environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { (argv + environment).forEach { free($0) } }
    var child: pid_t = 0
    let program = try #require(rendered.argv.first)
    let failure = posix_spawnp(&child, program, &actions, nil, argv, environment)
    close(ends[1])
    defer { close(ends[0]) }
    try #require(failure == 0, "\(program): \(String(cString: strerror(failure)))")

    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = read(ends[0], &buffer, buffer.count)
        guard count > 0 else { break }
        output += buffer[..<count]
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    #expect(status == 0, "\(rendered.argv)")
    return output
}

/// A small generator with a known seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
