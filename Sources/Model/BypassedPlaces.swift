internal import Conditions
internal import JSON

/// Where a condition looks into the body of a call for what is an argument.
///
/// Arguments come from the body, the query or a default: with `?env=production` and an empty body a gate that looks at `env` would find
/// nothing there, and the command would get `production`. Webhooks have their arguments from the payload only.
func bypassedPlaces(_ condition: Condition, _ settings: EndpointSettings) -> [ConditionError] {
    guard settings.trigger != .webhook, !settings.arguments.isEmpty else { return [] }
    return condition.places.compactMap { place in
        guard let first = place.path.steps.first else {
            return ConditionError(
                "the body is not all of a call: arguments may also come from the query or their defaults", at: place.columns,
                hint: "write $args.NAME for an argument, or the path of what else is looked for")
        }
        guard case .key(let key) = first, let argument = settings.arguments.first(where: { $0.name.utf8.elementsEqual(key) }) else { return nil }
        return ConditionError(
            "'\(argument.name)' is an argument, which may also come from the query or its default", at: place.columns,
            hint: "write $args.\(argument.name)")
    }
}
