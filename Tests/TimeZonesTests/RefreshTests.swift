import Foundation
import Testing
import TimeZones

@Suite struct RefreshTests {
    @Test func `a zone whose file has changed is read again; a damaged file leaves it as it was`() throws {
        let folder = NSTemporaryDirectory() + "zones-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/Here"
        func put(_ source: String) throws {
            try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(source)")).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
        try put("Asia/Tokyo")
        let zones = ZoneDirectory(roots: [folder])
        #expect(try zones.zone(named: "Here").utcOffset(at: 0) == 9 * 3600)
        #expect(zones.refresh().isEmpty)
        try put("Asia/Kathmandu")
        #expect(try zones.zone(named: "Here").utcOffset(at: 1_700_000_000) == 9 * 3600, "until it is asked to look")
        #expect(zones.refresh() == ["Here"])
        #expect(try zones.zone(named: "Here").utcOffset(at: 1_700_000_000) == 5 * 3600 + 2700)
        try Data("TZif broken".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        #expect(zones.refresh().isEmpty)
        #expect(try zones.zone(named: "Here").utcOffset(at: 1_700_000_000) == 5 * 3600 + 2700)
    }
}
