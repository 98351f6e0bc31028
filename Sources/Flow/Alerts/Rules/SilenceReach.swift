package import Model

extension AlertBook.Snapshot {
    /// Why a silence of these patterns holds nothing back now; paths are `rule` and `endpoint`. What it fits may come later, so these are
    /// warnings.
    package func reachProblems(rule: String?, endpoint: String?) -> [SettingProblem] {
        func fitting(_ names: [String], _ pattern: String?) -> [String] { pattern.map { text in names.filter { matchesGlob($0, text) } } ?? names }
        let (rules, endpoints) = (entries.map(\.rule.name), traits.map(\.name))
        var problems: [SettingProblem] = []
        if let rule, fitting(rules, rule).isEmpty { problems.append(fitsNone("rule", rule, of: rules)) }
        if let endpoint, fitting(endpoints, endpoint).isEmpty { problems.append(fitsNone("endpoint", endpoint, of: endpoints)) }
        guard problems.isEmpty, endpoint != nil else { return problems }
        let silenced = Set(fitting(rules, rule))
        let places = fitting(endpoints, endpoint)
        let isOfAny = entries.contains { entry in silenced.contains(entry.rule.name) && places.contains { entry.rule.covers(endpoint: $0) } }
        if !isOfAny {
            let which = rule == nil ? "no rule" : "none of these rules"
            problems.append(SettingProblem("\(which) is about such an endpoint", at: [.key("endpoint")], severity: .warning))
        }
        return problems
    }
}
