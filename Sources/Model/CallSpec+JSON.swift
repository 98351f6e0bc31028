internal import JSON

extension CallSpec {
    /// The canonical form that is stored and hashed: always the same members in the same order, no white space.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("endpoint", endpoint)
        writer.member("revision", revision)
        writer.member("command", command)
        writer.key("argv")
        writer.beginArray()
        for word in argv { writer.string(word) }
        writer.endArray()
        writer.key("arguments")
        Self.write(arguments, to: &writer)
        writer.key("argument_environment")
        Self.write(argumentEnvironment, to: &writer)
        writer.key("environment")
        Self.write(environment, to: &writer)
        writer.member("working_dir", workingDirectory)
        writer.member("timeout", timeoutSeconds)
        writer.key("scripts")
        writer.beginArray()
        for script in scripts {
            writer.beginObject()
            writer.member("path", script.path)
            writer.member("sha256", script.sha256)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ values: [NamedValue], to writer: inout JSONWriter) {
        writer.beginArray()
        for value in values {
            writer.beginArray()
            writer.string(value.name)
            writer.string(value.value)
            writer.endArray()
        }
        writer.endArray()
    }

    /// Reads what `json` wrote; nil for anything else.
    package init?(json text: String) {
        guard let value = try? parseJSON(text), let endpoint = value["endpoint"]?.string,
            let revision = value["revision"]?.int64, let command = value["command"]?.string,
            let argv = value["argv"]?.array?.compactMap(\.string), let directory = value["working_dir"]?.string,
            let timeout = value["timeout"]?.int
        else { return nil }
        self.init(
            endpoint: endpoint, revision: revision, command: command, argv: argv, arguments: Self.read(value["arguments"]),
            argumentEnvironment: Self.read(value["argument_environment"]), environment: Self.read(value["environment"]),
            workingDirectory: directory, timeoutSeconds: timeout,
            scripts: (value["scripts"]?.array ?? []).compactMap {
                guard let path = $0["path"]?.string, let hash = $0["sha256"]?.string else { return nil }
                return ScriptFile(path: path, sha256: hash)
            })
    }

    private static func read(_ value: JSONValue?) -> [NamedValue] {
        (value?.array ?? []).compactMap {
            guard let name = $0[0]?.string, let text = $0[1]?.string else { return nil }
            return NamedValue(name, text)
        }
    }
}
