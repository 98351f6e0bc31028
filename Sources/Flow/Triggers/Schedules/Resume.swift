internal import Model
internal import Store

/// Where the schedules go on after a start.
struct Resume {
    /// Everything due up to here is settled, in microseconds since 1970.
    let through: Int64
    /// There is no mark to go on from.
    let isNew: Bool
    private let settled: [ScheduleReference: Int64]

    init(_ store: Store, now: Int64, log: (String) -> Void) throws {
        guard let mark = try store.scheduleMark() else {
            (through, settled, isNew) = (now, [:], true)
            return
        }
        guard mark.through <= now + Scheduler.wrongClock else {
            log("the clock stands before the time of the last fires: schedules go on from its time; no fire is repeated")
            (through, settled, isNew) = (now, [:], true)
            return
        }
        (through, isNew) = (mark.through, false)
        settled = try store.settledFires(behind: mark)
    }

    /// The first planned time (seconds) of a known schedule that is not settled.
    func first(_ schedule: ScheduleReference, _ timing: ScheduleTiming) -> Int64? {
        let first = timing.firstUnsettled(mark: through)
        guard let latest = settled[schedule], let found = first, found * 1_000_000 <= latest else { return first }
        return timing.next(after: latest / 1_000_000)
    }
}

/// Which schedules a source had: their identities, sorted.
struct KnownSchedules: Equatable {
    private let identities: [UInt64]

    init(_ source: any ScheduleSource) {
        var all: [UInt64] = []
        all.reserveCapacity(source.count)
        for index in 0..<source.count { all.append(source.identity(index)) }
        all.sort()
        identities = all
    }

    /// From the form in which they are stored: 8 bytes each, the first byte first.
    init(_ bytes: [UInt8]) {
        identities = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count / 8 * 8, by: 8).map { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(identities.count * 8)
        for identity in identities { withUnsafeBytes(of: identity.bigEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    func contains(_ identity: UInt64) -> Bool {
        var (low, high) = (0, identities.count)
        while low < high {
            let middle = (low + high) / 2
            if identities[middle] < identity { low = middle + 1 } else { high = middle }
        }
        return low < identities.count && identities[low] == identity
    }
}
