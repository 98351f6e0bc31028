internal import Bytes

/// Reads `callback_allow`: one block of addresses or host name, or a list of them. Problems carry paths from `value`.
package func readCallbackAllow(_ value: SettingValue) -> (entries: [String], problems: [SettingProblem]) {
    var settings = AlertSettings()
    let problems = SettingField<AlertSettings>.texts("callback_allow", \.callbackAllow, 1000, check: allowProblem).apply(&settings, value)
    return (settings.callbackAllow, problems)
}

/// Addresses are told from names by what names never have: a colon, a slash, or nothing but digits and dots.
private func allowProblem(_ text: String) -> SettingProblem? {
    let isAddress = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e } || text.contains { ":/".contains($0) }
    guard isAddress, !text.contains("://") else {
        return isHostName(text)
            ? nil : SettingProblem("expected a block of addresses such as 10.0.0.0/8, or the name of a host, not '\(text)'")
    }
    do throws(AddressRangeError) {
        _ = try AddressRange(text)
        return nil
    } catch {
        return SettingProblem(error.message)
    }
}

func isIPv6(_ text: Substring) -> Bool { text.contains(":") && !text.contains("/") && (try? AddressRange(String(text))) != nil }
