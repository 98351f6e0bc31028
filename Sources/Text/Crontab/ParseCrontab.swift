package import Diagnostics

/// Reads a crontab as crontab(5) describes it. Never fails: what is wrong is in the diagnostics, at most 100 of them, and the line at fault
/// is left out. Expressions are found, not read.
/// - Parameter hasUserColumn: whether a user stands before each command, as in `/etc/crontab`.
package func parseCrontab(_ bytes: [UInt8], hasUserColumn: Bool = false) -> (crontab: Crontab, diagnostics: [Diagnostic]) {
    var reader = CrontabReader(Crontab(bytes: bytes), hasUserColumn: hasUserColumn)
    bytes.withUnsafeBufferPointer { reader.read($0) }
    return (reader.crontab, reader.diagnostics)
}

private struct CrontabReader {
    var crontab: Crontab
    var diagnostics: [Diagnostic] = []
    let hasUserColumn: Bool
    private var environment = Crontab.Environment()
    private var isEnvironmentStored = false
    private var line = 0
    private var lineStart = 0

    private static let longestLine = 65_536

    init(_ crontab: Crontab, hasUserColumn: Bool) {
        self.crontab = crontab
        self.hasUserColumn = hasUserColumn
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count < Int(UInt32.max) else { return add(0, "the file is larger than 4 GiB") }
        // A byte order mark would turn the first line's setting into some other variable, and its gate would be gone.
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            line += 1
            lineStart = start
            let next = end + 1
            if end > start, bytes[end - 1] == 0x0D { end -= 1 }
            readLine(bytes, start..<end)
            start = next
        }
    }

    private mutating func readLine(_ bytes: UnsafeBufferPointer<UInt8>, _ whole: Range<Int>) {
        let start = skipBlanks(bytes, whole)
        guard start < whole.upperBound, bytes[start] != UInt8(ascii: "#") else { return }
        guard whole.count <= Self.longestLine else { return add(start, "the line is longer than 64 KiB") }
        if let zero = whole.first(where: { bytes[$0] == 0 }) { return add(zero, "the line contains a NUL byte") }
        let line = start..<whole.upperBound
        // A job begins with a digit, `*`, `@` or a minus; everything else can only be a variable.
        let first = bytes[start]
        let mayBeJob = first == UInt8(ascii: "*") || first == UInt8(ascii: "@") || first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
        if !mayBeJob || first == UInt8(ascii: "-"), readVariable(bytes, line) { return }
        readJob(bytes, line)
    }

    // MARK: Jobs

    private mutating func readJob(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) {
        var start = line.lowerBound
        if bytes[start] == UInt8(ascii: "-") {
            add(start, "the '-' is left out: what a job writes is always kept here", severity: .warning)
            start += 1
        }
        let wanted = start < line.upperBound && bytes[start] == UInt8(ascii: "@") ? 1 : 5
        var position = start
        var expressionEnd = start
        for field in 0..<wanted {
            position = skipBlanks(bytes, position..<line.upperBound)
            let end = skipWord(bytes, position..<line.upperBound)
            guard end > position else { return tooShort(line, fields: field) }
            expressionEnd = end
            position = end
        }
        if hasUserColumn {
            position = skipBlanks(bytes, position..<line.upperBound)
            let end = skipWord(bytes, position..<line.upperBound)
            guard end > position else { return add(line.lowerBound, "there is no user behind the times", length: line.count) }
            position = end
        }
        let command = skipBlanks(bytes, position..<line.upperBound)
        guard command < line.upperBound else { return tooShort(line, fields: wanted) }
        if !isEnvironmentStored {
            crontab.environments.append(environment)
            isEnvironmentStored = true
        }
        crontab.jobs.append(
            Crontab.Job(
                line: self.line, expression: start..<expressionEnd, command: command..<line.upperBound,
                environment: crontab.environments.count - 1))
    }

    private mutating func tooShort(_ line: Range<Int>, fields: Int) {
        let what = hasUserColumn ? "a user and a command" : "a command"
        add(
            line.lowerBound, "a job has five fields (minute hour day-of-month month day-of-week) or a macro such as @daily, then \(what)",
            length: line.count, hint: fields >= 1 && fields < 5 ? "there are only \(fields) fields" : nil)
    }

    // MARK: Variables

    /// `name = value`, both perhaps in quotes; false if the line is none.
    private mutating func readVariable(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Bool {
        guard let (nameRange, afterName) = word(bytes, line, endsAtEquals: true) else { return false }
        let equals = skipBlanks(bytes, afterName..<line.upperBound)
        guard equals < line.upperBound, bytes[equals] == UInt8(ascii: "="), !nameRange.isEmpty else { return false }
        let name = crontab.text(nameRange)
        guard !name.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 }) else { return false }
        var valueStart = skipBlanks(bytes, equals + 1..<line.upperBound)
        var valueEnd = line.upperBound
        while valueEnd > valueStart, bytes[valueEnd - 1] == 0x20 || bytes[valueEnd - 1] == 0x09 { valueEnd -= 1 }
        if valueEnd - valueStart >= 2, let quote = quote(bytes[valueStart]), bytes[valueEnd - 1] == quote {
            (valueStart, valueEnd) = (valueStart + 1, valueEnd - 1)
        }
        set(name, crontab.text(valueStart..<valueEnd), nameStart: nameRange.lowerBound, valueStart: valueStart)
        return true
    }

    private mutating func set(_ name: String, _ value: String, nameStart: Int, valueStart: Int) {
        if name.hasPrefix("SLUICE_") {
            guard crontab.jobs.isEmpty else {
                return add(nameStart, "\(name) holds for the whole file and stands before its first job", length: name.utf8.count)
            }
            if crontab.settings.contains(where: { $0.name == name.dropFirst(7).lowercased() }) {
                return add(nameStart, "\(name) is set twice", length: name.utf8.count)
            }
            crontab.settings.append(
                Crontab.Setting(
                    name: name.dropFirst(7).lowercased(), value: value, line: line, nameColumn: column(nameStart), valueColumn: column(valueStart)))
        } else if name.uppercased().hasPrefix("SLUICE_") {
            add(nameStart, "settings are written in capitals: \(name.uppercased())", length: name.utf8.count)
        } else if name == "MAILTO" || name == "MAILFROM" {
            add(nameStart, "\(name) has no effect: the output of every run is kept instead of mailed", severity: .warning, length: name.utf8.count)
        } else if name == "CRON_TZ" {
            environment.timezone = value.isEmpty ? nil : value
            environment.timezonePosition = value.isEmpty ? nil : SourcePosition(line: line, column: column(valueStart))
            isEnvironmentStored = false
        } else {
            environment.variables.removeAll { $0.name == name }
            environment.variables.append(Crontab.Variable(name: name, value: value))
            isEnvironmentStored = false
        }
    }

    /// A word in quotes, or up to a blank or an equals sign; and where it ends.
    private func word(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, endsAtEquals: Bool) -> (Range<Int>, after: Int)? {
        if let quote = quote(bytes[line.lowerBound]) {
            guard let end = (line.lowerBound + 1..<line.upperBound).first(where: { bytes[$0] == quote }) else { return nil }
            return (line.lowerBound + 1..<end, end + 1)
        }
        let end = line.first { bytes[$0] == 0x20 || bytes[$0] == 0x09 || bytes[$0] == UInt8(ascii: "=") } ?? line.upperBound
        return (line.lowerBound..<end, end)
    }

    private func quote(_ byte: UInt8) -> UInt8? { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") ? byte : nil }

    // MARK: Places

    private func skipBlanks(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var position = range.lowerBound
        while position < range.upperBound, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
        return position
    }

    private func skipWord(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var position = range.lowerBound
        while position < range.upperBound, bytes[position] != 0x20, bytes[position] != 0x09 { position += 1 }
        return position
    }

    /// In characters, from 1.
    private func column(_ offset: Int) -> Int { crontab.text(lineStart..<offset).unicodeScalars.count + 1 }

    private mutating func add(
        _ offset: Int, _ message: String, severity: Diagnostic.Severity = .error, length: Int = 1, hint: String? = nil
    ) {
        guard diagnostics.count < 100 else { return }
        let position = SourcePosition(line: max(line, 1), column: column(offset))
        diagnostics.append(Diagnostic(severity, at: position, length: length, message, hint: hint))
    }
}
