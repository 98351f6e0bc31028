internal import Conditions
internal import Diagnostics
internal import JSON
internal import TimeZones

extension AlertRule {
    /// `channel`, `destination` and `channels` are read together, by `WrittenTargets`. `condition` comes before `threshold`, whose unit it says.
    static let fields: [SettingField<AlertRule>] = [
        .text("name", \.name, check: nameProblem),
        .optionalText("endpoint", \.endpoint, check: globProblem),
        conditionField,
        thresholdField,
        .duration("window", \.window, 1...604_800, default: 300),
        .flag("enabled", \.isEnabled, default: true),
        .optionalText("when", \.when, check: filterProblem),
        .optionalDuration("for", \.holdFor, 1...2_592_000),
        .texts("quiet_hours", \.quietHours, 50, check: blackoutProblem),
        .optionalText("timezone", \.timezone, check: zoneProblem),
        .texts("group_by", \.groupBy, groupFacts.count) { fact in groupFacts.contains(fact) ? nil : notAWord(.string(fact), groupFacts) },
        .optionalDuration("group_wait", \.groupWait, 1...86_400),
        .optionalDuration("repeat_interval", \.repeatInterval, 1...2_592_000),
        .optionalDuration("throttle", \.throttle, 1...604_800),
        .integer("burst", \.burst, 1...100_000, "messages", default: 30),
        escalateField,
        .optionalText("text", \.text, check: alertTextProblem),
    ]

    /// Reads the fields of `value`, a map, over the rule as it is. Of `channel`, `destination` and `channels`, one that is given says anew
    /// all of where the rule tells. Problems carry paths from that map.
    package mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        var problems = applyFields(
            Self.fields, to: &self, value, what: "a rule", others: WrittenTargets.keys, required: name.isEmpty ? ["name", "condition"] : [])
        guard WrittenTargets.keys.contains(where: { value[$0] != nil }) else { return problems }
        let written = WrittenTargets(value)
        targets = written.targets
        problems += written.problems
        return problems
    }

    /// Name, condition, and the fields that differ from their defaults.
    package func encoded() -> SettingValue { encoded { $0 } }

    /// The same for people: without what of a destination is a secret.
    package func shown() -> SettingValue { encoded(destination: shownDestination) }

    private func encoded(destination: (String) -> String) -> SettingValue {
        var entries = encodeFields(Self.fields, of: self, defaults: AlertRule(), always: ["name", "condition"])
        // Its table entry knows no way to hide anything.
        if let place = entries.firstIndex(where: { $0.key == "escalate" }) {
            entries[place] = .init("escalate", .list(escalations.map { $0.encoded(destination: destination) }))
        }
        let place = entries.firstIndex { $0.key == "condition" }.map { $0 + 1 } ?? entries.count
        entries.insert(contentsOf: encodeTargets(targets, destination: destination), at: place)
        return .map(entries)
    }

    // MARK: Fields with a shape of their own

    /// A threshold in another unit than before goes with the condition that it was for.
    private static let conditionField = SettingField<AlertRule>(
        name: "condition",
        apply: { rule, value in
            let words = AlertCondition.allCases.map(\.rawValue)
            guard case .string(let word) = value, let condition = AlertCondition(rawValue: word) else { return [notAWord(value, words)] }
            if condition.threshold?.unit != rule.condition.threshold?.unit { rule.threshold = nil }
            rule.condition = condition
            return []
        },
        read: { .string($0.condition.rawValue) })

    private static let thresholdField = SettingField<AlertRule>(
        name: "threshold",
        apply: { rule, value in
            if value == .null {
                rule.threshold = nil
                return []
            }
            guard let threshold = rule.condition.threshold else {
                // It means nothing here, which the rules tell; it only has to be a number.
                guard let number = EndpointField.wholeNumber(value, 0...1_000_000) else {
                    return [EndpointField.expected("a whole number", value)]
                }
                rule.threshold = number
                return []
            }
            guard let number = threshold.read(value) else { return [threshold.wrong(value)] }
            rule.threshold = number
            return []
        },
        read: { rule in
            guard let number = rule.threshold else { return .null }
            return rule.condition.threshold?.isDuration == true ? .string(durationText(number)) : .integer(Int64(number))
        })

    private static let escalateField = SettingField<AlertRule>(
        name: "escalate",
        apply: { rule, value in
            rule.escalations = []
            if value == .null { return [] }
            guard case .list(let items) = value else {
                return [EndpointField.expected("a list of steps such as {after: 10m, channels: [ops]}", value)]
            }
            var problems: [SettingProblem] = []
            for (index, item) in items.enumerated() {
                var step = AlertEscalation(after: 0, targets: [])
                problems += step.apply(item).map { $0.within(.index(index)) }
                rule.escalations.append(step)
            }
            if items.count > 10 { problems.append(SettingProblem("at most 10 steps, not \(items.count)")) }
            return problems
        },
        read: { .list($0.escalations.map { $0.encoded { $0 } }) })

    // MARK: Checks of one text

    private static func nameProblem(_ name: String) -> SettingProblem? {
        guard 1...200 ~= name.utf8.count, name.contains(where: { $0 != " " }) else { return SettingProblem("a rule's name has 1 to 200 bytes") }
        let place = name.unicodeScalars.enumerated().first { isControl($0.element) }?.offset
        return place.map { SettingProblem("a rule's name has no control characters", columns: $0..<$0 + 1) }
    }

    private static func filterProblem(_ text: String) -> SettingProblem? {
        do throws(ConditionError) {
            _ = try AlertFilter(text)
            return nil
        } catch {
            return SettingProblem(error.message, columns: error.columns, hint: error.hint)
        }
    }

    private static func blackoutProblem(_ text: String) -> SettingProblem? {
        do throws(Blackout.Flaw) {
            _ = try Blackout(text)
            return nil
        } catch {
            return SettingProblem(error.message, columns: error.columns)
        }
    }

    private static func zoneProblem(_ name: String) -> SettingProblem? {
        do throws(ZoneError) {
            _ = try ZoneDirectory.system.zone(named: name)
            return nil
        } catch {
            let near = error.suggestions.isEmpty ? nil : "did you mean \(error.suggestions.joined(separator: " or "))?"
            var plain = error
            plain.suggestions = []
            return SettingProblem(plain.description, hint: near)
        }
    }
}

extension AlertThreshold {
    var isDuration: Bool { unit == .seconds || unit == .minutes }

    /// A plain number is in the unit; the result, of a duration, in seconds.
    fileprivate func read(_ value: SettingValue) -> Int? {
        let size = unit == .minutes ? 60 : 1
        if case .string(let text) = value, isDuration {
            return durationSeconds(text).flatMap { range.lowerBound * size...range.upperBound * size ~= $0 && hasUnit(text) ? $0 : nil }
        }
        return EndpointField.wholeNumber(value, range).map { $0 * size }
    }

    /// `"5"` would be seconds here and minutes there.
    private func hasUnit(_ text: String) -> Bool { text.utf8.last.map { !(0x30...0x39).contains($0) } ?? false }

    fileprivate func wrong(_ value: SettingValue) -> SettingProblem {
        guard isDuration else { return EndpointField.outOfRange(value, range, unit.rawValue) }
        let got = if case .string(let text) = value { "'\(text)'" } else { value.kind }
        return SettingProblem(
            "expected \(unit.rawValue) from \(range.lowerBound) to \(range.upperBound), or a duration such as 5m, not \(got)")
    }
}

extension AlertEscalation {
    static let fields: [SettingField<AlertEscalation>] = [.duration("after", \.after, 1...2_592_000, default: 0)]

    fileprivate mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        var problems = applyFields(Self.fields, to: &self, value, what: "a step", others: WrittenTargets.keys, required: ["after"])
        guard case .map = value else { return problems }
        let written = WrittenTargets(value)
        targets = written.targets
        problems += written.problems
        if problems.isEmpty, targets.isEmpty { problems.append(SettingProblem("a step needs 'channels', or 'channel' with 'destination'")) }
        return problems
    }

    fileprivate func encoded(destination: (String) -> String) -> SettingValue {
        .map([.init("after", .string(durationText(after)))] + encodeTargets(targets, destination: destination))
    }
}
