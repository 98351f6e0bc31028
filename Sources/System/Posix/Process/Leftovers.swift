private import CLinux
import Glibc

/// Kills every process that was started with one of these environment lines (`NAME=value`, whole), and the rest of its process group
/// when the group's leader was, too. Returns how many such processes were found. For what a previous life of this program left behind.
///
/// Looks through /proc (proc_pid_environ(5)), hence only at processes whose environment this user may read; never kills process 1,
/// this one, or this one's group as a whole. A process that was started with another environment, as by `env -i`, is found only through
/// its group. It looks again until nothing is found, since a process may fork between the look and the signal; a few times at most.
package func killProcesses(withEnvironment lines: Set<String>) -> Int {
    guard !lines.isEmpty else { return 0 }
    let reader = EnvironmentReader(lines)
    var killed: Set<Int32> = []
    var (rounds, pauses) = (5, 50)
    while rounds > 0 {
        let (found, hasUndecided) = markedProcesses(reader)
        if found.isEmpty {
            guard hasUndecided, pauses > 0 else { break }
            pauses -= 1
            _ = poll(nil, 0, 10)
            continue
        }
        rounds -= 1
        killed.formUnion(found.keys)
        for pid in found.keys { signal(pid, among: found) }
        awaitEnd(of: found.values)
    }
    return killed.count
}

/// Processes with one of the lines, each with a pidfd; and whether there are some of which it cannot be said now.
private func markedProcesses(_ reader: borrowing EnvironmentReader) -> (found: [Int32: OpenFile], hasUndecided: Bool) {
    var found: [Int32: OpenFile] = [:]
    var hasUndecided = false
    for pid in processNumbers() where pid > 1 && pid != getpid() {
        let look = reader.hasLine(pid)
        if look == nil { hasUndecided = true }
        guard look == true else { continue }
        let raw = sluice_pidfd_open(pid)
        guard raw >= 0 else {
            hasUndecided = true
            continue
        }
        let process = OpenFile(Descriptor(owning: raw))
        // Looked at again under the pidfd: if the number has passed to another process since, the signal goes to the one that is gone.
        switch reader.hasLine(pid) {
        case true?: found[pid] = process
        case nil: hasUndecided = true
        case false?: break
        }
    }
    return (found, hasUndecided)
}

private func signal(_ pid: Int32, among found: [Int32: OpenFile]) {
    let group = getpgid(pid)
    if group != getpgrp(), let leader = found[group] {
        if sluice_pidfd_signal_group(leader.raw, SIGKILL) == 0 { return }
        // Before Linux 6.9. The number of a group stays taken while it has a member.
        if errno == EINVAL, kill(-group, SIGKILL) == 0 { return }
    }
    if let process = found[pid] { _ = sluice_pidfd_signal(process.raw, SIGKILL) }
}

/// A killed process keeps its environment until it has exited, and would be found again. One that hangs in the kernel is not waited for.
private func awaitEnd(of processes: some Sequence<OpenFile>) {
    let clock = SystemClock.real
    let deadline = clock.monotonic() + 200_000
    for process in processes {
        var entry = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, Int32(max(deadline - clock.monotonic(), 0) / 1000))
    }
}

private func processNumbers() -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var numbers: [Int32] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let number = Int32(name) { numbers.append(number) }
    }
    return numbers
}

private struct EnvironmentReader: ~Copyable {
    private let wanted: Set<[UInt8]>
    /// execve(2) takes 6 MiB of arguments and environment at most. All of it goes into one read(2): between two, an execve of the
    /// process would end the file early.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 << 20, alignment: 1)

    init(_ lines: Set<String>) { wanted = Set(lines.map { Array($0.utf8) }) }

    deinit { buffer.deallocate() }

    /// False also for a process that is gone, is a zombie, or is not ours to look at. nil for one in the middle of execve(2), whose new
    /// memory has neither arguments nor environment yet.
    borrowing func hasLine(_ pid: Int32) -> Bool? {
        for _ in 0..<4 {
            guard let environment = read(pid, "environ") else { return false }
            if !environment.isEmpty { return environment.split(separator: 0).contains { wanted.contains(Array($0)) } }
            // Kernel threads and zombies have no memory: their size is 0 (proc_pid_statm(5)).
            guard let sizes = read(pid, "statm"), !sizes.starts(with: Array("0 ".utf8)), let arguments = read(pid, "cmdline")
            else { return false }
            if arguments.isEmpty { return nil }
            // Its environment is empty, or came after we had looked.
        }
        return false
    }

    /// Valid until the next read.
    private borrowing func read(_ pid: Int32, _ name: String) -> UnsafeRawBufferPointer? {
        let raw = open("/proc/\(pid)/\(name)", O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        switch Descriptor(owning: raw).read(into: buffer) {
        case .bytes(let count): return UnsafeRawBufferPointer(rebasing: buffer[..<count])
        case .end: return UnsafeRawBufferPointer(rebasing: buffer[..<0])
        case .wouldBlock, .failed: return nil
        }
    }
}
