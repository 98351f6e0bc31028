import Foundation
import Testing

/// The folder of the package.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

struct SourceFile: Sendable {
    /// From the package's folder.
    let path: String
    let text: String
    var lines: [String] { text.components(separatedBy: "\n") }
    /// Names of the modules that it imports.
    var imports: [String] {
        lines.compactMap { line in
            // What is indented is text, or help.
            guard !line.hasPrefix(" ") else { return nil }
            let words = line.split(separator: " ").map(String.init)
            let modifiers: Set = ["package", "internal", "private", "fileprivate", "public", "@preconcurrency", "@testable"]
            let rest = words.drop { modifiers.contains($0) }
            return rest.first == "import" && rest.count >= 2 ? String(rest[rest.startIndex + 1]) : nil
        }
    }
}

/// All files below `folder` whose names end in `suffix`.
func files(in folder: String, suffix: String = ".swift") -> [SourceFile] {
    let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
        read("\(folder)/\(name)").map { SourceFile(path: "\(folder)/\(name)", text: $0) }
    }
}

func read(_ path: String) -> String? { try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) }

/// A target as Package.swift declares it.
struct Module: Sendable {
    let name: String
    /// The layer: the first folder below Sources.
    let layer: String
    let folder: String
    let uses: [String]
}

/// The `module(...)` lines of Package.swift.
func declaredModules() throws -> [Module] {
    let manifest = try #require(read("Package.swift"))
    let list = try #require(manifest.components(separatedBy: "targets: [").last)
    return list.components(separatedBy: "module(").dropFirst().compactMap { piece in
        var depth = 1
        var call = ""
        for line in piece.components(separatedBy: "\n") where depth > 0 {
            // What stands behind `//` is no part of the call.
            for character in line.components(separatedBy: "//")[0] where depth > 0 {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                call.append(character)
            }
        }
        let texts = call.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        guard texts.count >= 2 else { return nil }
        let layer = texts[1].isEmpty ? texts[0] : texts[1]
        return Module(
            name: texts[0], layer: layer, folder: texts[1].isEmpty ? "Sources/\(texts[0])" : "Sources/\(texts[1])/\(texts[0])",
            uses: Array(texts.dropFirst(2)))
    }
}
