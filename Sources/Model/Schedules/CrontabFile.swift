package import Cron
package import Crontab
package import TimeZones

/// A crontab of the folder of schedules: one endpoint that cannot be called, and a schedule for each of its lines.
package final class CrontabFile: Sendable {
    /// The file's name in the folder.
    package let file: String
    /// What holds for all of its lines: name, gate, limits, and in `ownSchedule.policy` how they behave.
    package let settings: EndpointSettings
    package let crontab: Crontab
    /// Parallel to the jobs.
    package let clocks: ContiguousArray<CronClock>
    /// Parallel to the crontab's environments.
    package let zones: [Zone]
    package let blackouts: [Blackout]
    /// Parallel to the jobs: a hash of expression, command and environment. Equal lines differ by their order.
    package let ids: ContiguousArray<UInt64>
    /// The jobs in the order of their ids.
    private let byID: ContiguousArray<UInt32>

    package init(
        file: String, settings: EndpointSettings, crontab: Crontab, clocks: ContiguousArray<CronClock>, zones: [Zone], blackouts: [Blackout]
    ) {
        self.file = file
        self.settings = settings
        self.crontab = crontab
        self.clocks = clocks
        self.zones = zones
        self.blackouts = blackouts
        (ids, byID) = Self.identify(crontab)
    }

    private static func identify(_ crontab: Crontab) -> (ids: ContiguousArray<UInt64>, order: ContiguousArray<UInt32>) {
        let environments = crontab.environments.map { environment in
            let parts = environment.variables.flatMap { [$0.name, $0.value] } + [environment.timezone ?? ""]
            return fnv(parts.joined(separator: "\u{0}").utf8)
        }
        var ids = ContiguousArray<UInt64>()
        ids.reserveCapacity(crontab.jobs.count)
        crontab.bytes.withUnsafeBufferPointer { bytes in
            for job in crontab.jobs {
                let text = fnv(bytes[job.expression.lowerBound..<job.command.upperBound])
                ids.append(mix(text ^ mix(environments[Int(job.environment)])))
            }
        }
        var order = ContiguousArray(UInt32(0)..<UInt32(ids.count))
        order.sort { (ids[Int($0)], $0) < (ids[Int($1)], $1) }
        var hasTwins = false
        var first = 0
        while first < order.count {
            let id = ids[Int(order[first])]
            var next = first + 1
            while next < order.count, ids[Int(order[next])] == id {
                ids[Int(order[next])] = mix(id &+ UInt64(next - first))
                next += 1
                hasTwins = true
            }
            first = next
        }
        if hasTwins { order.sort { ids[Int($0)] < ids[Int($1)] } }
        return (ids, order)
    }

    /// FNV-1a, 64 bits (draft-eastlake-fnv): lines need telling apart, not guarding.
    private static func fnv(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// SplitMix64's finaliser.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    // MARK: Names

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The name of a line's schedule: its id in 13 characters (Crockford's base 32), short enough to need no memory of its own.
    package func name(of job: Int) -> String {
        String(unsafeUninitializedCapacity: 13) { text in
            for position in 0..<13 { text[position] = Self.alphabet[Int(ids[job] >> UInt64(60 - 5 * position) & 31)] }
            return 13
        }
    }

    package func job(named name: String) -> Int? {
        guard name.utf8.count == 13 else { return nil }
        var id: UInt64 = 0
        for byte in name.utf8 {
            guard let digit = Self.alphabet.firstIndex(of: byte) else { return nil }
            id = id << 5 | UInt64(digit)
        }
        var (low, high) = (0, byID.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[Int(byID[middle])] < id { low = middle + 1 } else { high = middle }
        }
        guard low < byID.count, ids[Int(byID[low])] == id else { return nil }
        return Int(byID[low])
    }
}
