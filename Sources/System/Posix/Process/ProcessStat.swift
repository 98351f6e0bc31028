private import CLinux
import Glibc

/// What identifies a process beyond its number, which the kernel gives to another one later.
struct ProcessStat: Equatable {
    var group: Int32
    /// Field 22 of proc_pid_stat(5): clock ticks from the boot to the start of the process.
    var startTicks: UInt64

    init(group: Int32, startTicks: UInt64) {
        self.group = group
        self.startTicks = startTicks
    }

    /// nil when there is no such process.
    init?(pid: Int32) {
        let raw = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let file = Descriptor(owning: raw)
        let bytes = withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer -> [UInt8] in
            guard case .bytes(let count) = file.read(into: buffer) else { return [] }
            return Array(buffer[..<count])
        }
        self.init(parsing: bytes)
    }

    /// The name, field 2, stands in parentheses and may hold spaces and parentheses itself: the last `)` ends it.
    init?(parsing line: [UInt8]) {
        guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count >= 20,
            let group = Int32(String(decoding: fields[2], as: UTF8.self)),
            let ticks = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        self.group = group
        startTicks = ticks
    }
}

/// Kills the process group that a previous life of this program started and left behind: `pid` led it, and the process of that number
/// must still be the one that started at `processStartTicks` (as given to `onSpawn`), in the same boot. True when KILL was sent.
///
/// A group whose leader is gone is not found: nothing would tell it from a stranger's.
package func killLeftoverGroup(pid: Int32, processStartTicks: UInt64) -> Bool {
    // 0 and -1 would mean our own group and everybody.
    guard pid > 1, pid != getpid() else { return false }
    let raw = sluice_pidfd_open(pid)
    guard raw >= 0 else { return false }
    // The pidfd is opened before the check, so that it names the process that is checked, whatever becomes of the number.
    let process = Descriptor(owning: raw)
    guard let stat = ProcessStat(pid: pid), stat.startTicks == processStartTicks, stat.group == pid else { return false }
    if sluice_pidfd_signal_group(process.raw, SIGKILL) == 0 { return true }
    return errno == EINVAL && kill(-pid, SIGKILL) == 0
}
