private import CLinux
import Glibc

/// Kills every process that was started with one of these environment lines (`NAME=value`, whole), and the rest of its process group
/// when the group's leader was, too. Returns how many such processes were found. For what a previous life of this program left behind.
///
/// Looks through /proc (proc_pid_environ(5)), hence only at processes whose environment this user may read; never kills process 1,
/// this one, or this one's group as a whole. A process that was started with another environment, as by `env -i`, is found only through
/// its group. It looks again until nothing is found, since a process may fork between the look and the signal; five times at most.
package func killProcesses(withEnvironment lines: Set<String>) -> Int {
    guard !lines.isEmpty else { return 0 }
    let wanted = Set(lines.map { ArraySlice($0.utf8) })
    var killed: Set<Int32> = []
    for _ in 0..<5 {
        let found = markedProcesses(wanted)
        if found.isEmpty { break }
        killed.formUnion(found.keys)
        for pid in found.keys { signal(pid, among: found) }
        awaitEnd(of: found.values)
    }
    return killed.count
}

/// Processes with one of the lines, each with a pidfd.
private func markedProcesses(_ wanted: Set<ArraySlice<UInt8>>) -> [Int32: OpenFile] {
    var found: [Int32: OpenFile] = [:]
    for pid in processNumbers() where pid > 1 && pid != getpid() && hasLine(pid, wanted) {
        let raw = sluice_pidfd_open(pid)
        guard raw >= 0 else { continue }
        let process = OpenFile(Descriptor(owning: raw))
        // Looked at again under the pidfd: if the number has passed to another process since, the signal goes to the one that is gone.
        if hasLine(pid, wanted) { found[pid] = process }
    }
    return found
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

/// False also for a process that is gone, is a zombie, or is not ours to look at.
private func hasLine(_ pid: Int32, _ wanted: Set<ArraySlice<UInt8>>) -> Bool {
    // execve(2) takes 6 MiB of arguments and environment at most.
    guard let bytes = try? Files.read("/proc/\(pid)/environ", limit: 8 << 20) else { return false }
    return bytes.split(separator: 0).contains { wanted.contains($0) }
}
