package import Diagnostics
internal import JSON
internal import YAML

private let parser = ArgumentParser(
    "import webhook", "Turns the hooks of adnanh/webhook into endpoints of wrapd.yaml, on standard output.", operands: ["FILE"],
    options: [.flag("gated", "each hook asks for approval before it runs")],
    notes: """
        FILE is a hooks.json or hooks.yaml; - for standard input. Secrets are not copied: the output refers to them by names, and
        standard error lists which ones secrets.env needs. What has no counterpart is a comment there and a warning here. A hook whose
        rule cannot be carried over as a whole asks for approval.

        example:
          sluice import webhook hooks.json > wrapd.yaml && sluice check --config wrapd.yaml
        """)

/// `sluice import webhook FILE`
func runImportWebhook(_ arguments: [String]) -> Int32 {
    parser.run(arguments) { options throws(UsageError) in
        guard let (bytes, shown) = readImport(options.operands[0]) else { return ExitCode.failure }
        let imported = importWebhook(bytes, gated: options.has("gated"))
        let code = printImport(imported.text, imported.diagnostics, file: shown, source: bytes)
        if imported.text != nil { printError("\(imported.summary)\n") }
        return code
    }
}

/// The configuration that does what a file of hooks does; no text when it cannot be read.
package func importWebhook(_ bytes: [UInt8], gated: Bool) -> (text: String?, diagnostics: [Diagnostic], summary: String) {
    let hooks: [JSONValue]
    switch readHooks(bytes) {
    case .success(let found): hooks = found
    case .failure(let refused): return (nil, [refused.diagnostic], "")
    }
    var diagnostics: [Diagnostic] = []
    var endpoints = ""
    var secrets: [(name: String, hook: String)] = []
    var names: Set<String> = []
    var weaker = 0
    for (index, hook) in hooks.enumerated() {
        guard let id = hook["id"]?.string, !id.isEmpty, let command = hook["execute-command"]?.string, !command.isEmpty else {
            diagnostics.append(Diagnostic(at: nil, "hook \(index + 1) needs an 'id' and an 'execute-command'"))
            continue
        }
        var endpoint = HookEndpoint(hook, id: id, name: unique(endpointName(id, or: "hook"), &names))
        endpoints += endpoint.lines(gated: gated)
        if endpoint.isWeaker { weaker += 1 }
        diagnostics += endpoint.notes.map { Diagnostic(.warning, at: nil, oneLine("hook '\(id)': \($0)")) }
        secrets += endpoint.secretNames.map { ($0, oneLine(id)) }
    }
    if hooks.isEmpty { diagnostics.append(Diagnostic(at: nil, "there is no hook in it")) }
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics, "") }
    var text = ""
    if !secrets.isEmpty {
        text += "# secrets.env beside this file, with mode 600, needs these; their values stand in the file of hooks:\n"
        for secret in secrets { text += "#   \(secret.name)=...\n" }
        diagnostics += secrets.map { Diagnostic(.warning, at: nil, "secrets.env needs \($0.name), a secret of hook '\($0.hook)'") }
    }
    let count = "\(hooks.count) hook\(hooks.count == 1 ? "" : "s") taken over"
    let gates = weaker == 0 ? "" : ", of which \(weaker) ask\(weaker == 1 ? "s" : "") for approval because of a rule without a whole counterpart"
    return (text + "version: 1\nendpoints:\n" + endpoints, diagnostics, count + gates)
}

private struct Refused: Error { let diagnostic: Diagnostic }

private func readHooks(_ bytes: [UInt8]) -> Result<[JSONValue], Refused> {
    let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    let isJSON = first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    let root: JSONValue
    do {
        // A key that is there twice has two meanings; neither is taken.
        root = try parseJSON(isJSON ? bytes : try writeJSON(try parseYAML(bytes), pretty: false))
    } catch let error as YAMLError {
        return .failure(Refused(diagnostic: error.diagnostic))
    } catch let error as JSONError {
        let isTemplate = bytes.contains(0x7B) && String(decoding: bytes, as: UTF8.self).contains("{{")
        return .failure(
            Refused(
                diagnostic: Diagnostic(
                    at: SourcePosition(line: error.line, column: error.column), error.message,
                    hint: isTemplate ? "it is a template: put plain texts in the place of {{ ... }} first" : nil)))
    } catch {
        return .failure(Refused(diagnostic: Diagnostic(at: nil, "\(error)")))
    }
    guard let hooks = root.array else { return .failure(Refused(diagnostic: Diagnostic(at: nil, "expected a list of hooks, not \(root.kind)"))) }
    return .success(hooks)
}
