import Testing

@Suite struct LayerTests {
    /// Lower layers first; a module uses none above its own.
    private static let order = ["System", "Text", "Time", "Model", "Config", "Store", "Flow", "Web", "App", "CLI"]
    private let modules: [Module]

    init() throws { modules = try declaredModules() }

    @Test func `the map in the manifest is the tree of the sources`() {
        #expect(modules.count >= 25)
        for module in modules {
            #expect(Self.order.contains(module.layer), "\(module.name) stands in an unknown layer")
            #expect(!files(in: module.folder).isEmpty, "\(module.folder) is empty")
        }
        let known = modules.map { $0.folder + "/" } + ["Sources/sluice/"]
        for file in files(in: "Sources") {
            #expect(known.filter { file.path.hasPrefix($0) }.count == 1, "\(file.path) belongs to no module")
        }
    }

    @Test func `a module uses no layer above its own`() throws {
        let layers = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0.layer) })
        for module in modules {
            for used in module.uses {
                let layer = layers[used] ?? "System"  // C targets
                let own = try #require(Self.order.firstIndex(of: module.layer))
                let other = try #require(Self.order.firstIndex(of: layer))
                #expect(other <= own, "\(module.name) (\(module.layer)) uses \(used) (\(layer))")
            }
        }
    }

    @Test func `no stage of the flow uses another`() {
        let stages = Set(modules.filter { $0.layer == "Flow" }.map(\.name))
        #expect(stages.count >= 6)
        for module in modules where module.layer == "Flow" {
            #expect(stages.isDisjoint(with: module.uses), "\(module.name) uses \(stages.intersection(module.uses))")
        }
    }

    @Test func `the HTTP server knows nothing of Sluice, and text needs no system`() throws {
        let layers = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0.layer) })
        let http = try #require(modules.first { $0.name == "HTTP" })
        #expect(http.uses.allSatisfy { ["System", "Text"].contains(layers[$0]) })
        for module in modules where module.layer == "Text" || module.layer == "Time" {
            #expect(module.uses.allSatisfy { layers[$0] == module.layer }, "\(module.name)")
        }
        let dashboard = try #require(modules.first { $0.name == "Dashboard" })
        #expect(Set(dashboard.uses).isSubset(of: ["Model", "Bytes"]), "pages are values in, text out")
    }

    @Test func `a file imports what its module declares, and of the rest only what the toolchain brings`() {
        let toolchain: Set = ["Glibc", "Synchronization"]
        for module in modules {
            for file in files(in: module.folder) {
                let foreign = Set(file.imports).subtracting(module.uses).subtracting(toolchain)
                #expect(foreign.isEmpty, "\(file.path) imports \(foreign.sorted())")
            }
        }
    }

    @Test func `what a module declares it imports`() {
        for module in modules {
            let imported = Set(files(in: module.folder).flatMap(\.imports))
            #expect(Set(module.uses).isSubset(of: imported), "\(module.name) needs no \(Set(module.uses).subtracting(imported).sorted())")
        }
    }

    @Test func `SQL is written in the store alone`() {
        for file in files(in: "Sources") where !file.path.hasPrefix("Sources/Store/") && !file.path.hasPrefix("Sources/System/SQLite/") {
            #expect(!file.imports.contains("SQLite"), "\(file.path)")
            for word in ["SELECT ", "INSERT INTO ", "DELETE FROM "] { #expect(!file.text.contains(word), "\(file.path)") }
        }
    }
}
