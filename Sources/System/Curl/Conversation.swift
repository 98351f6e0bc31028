internal import CCurl
internal import Glibc

/// What libcurl's callbacks talk to during one exchange, of whatever protocol. Used by one thread only: they run inside its calls.
class Conversation {
    private let rule: AddressRule
    private var denied: (address: [UInt8], class: AddressClass)?
    private var wasDeniedLast = false
    private var wasAllowed = false

    init(rule: AddressRule) { self.rule = rule }

    var isCancelled: Bool { false }

    /// A line of the answer's header with its line end; false ends the exchange.
    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool { true }

    /// A piece of the answer's body; false ends the exchange.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool { true }

    final func allow(_ address: [UInt8]) -> Bool {
        wasDeniedLast = !rule.allows(address)
        if wasDeniedLast { denied = (address, AddressClass(address)) }
        wasAllowed = wasAllowed || !wasDeniedLast
        return !wasDeniedLast
    }

    /// The error that a result stands for which is no success.
    final func failure(_ result: sluice_curl_result) -> CurlError {
        let kind = sluice_curl_kind_of(result.code)
        // No connection at all, or one of another exchange that this one may not use.
        if let denied, kind == sluice_curl_connect || kind == sluice_curl_stopped && wasDeniedLast {
            return CurlError(
                .deniedAddress, "requests to \(denied.class.rawValue) addresses are not allowed, and the host is at \(text(of: denied.address))")
        }
        // An answer that is no HTTP counts as an unsupported protocol to libcurl, as a URL of another scheme does, which connects to nothing.
        let error = kind == sluice_curl_bad_request && wasAllowed ? CurlError.Kind.protocolViolation : .init(kind)
        var copy = result.message
        let message = withUnsafeBytes(of: &copy) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
        return CurlError(error, kind == sluice_curl_stopped ? "the request was cancelled" : message)
    }

    private func text(of address: [UInt8]) -> String {
        var output = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(address.count == 4 ? AF_INET : AF_INET6, address, &output, socklen_t(output.count)) != nil else { return "?" }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Conversation {
    /// What libcurl calls, for as long as somebody else keeps this object alive.
    func wireCallbacks(isCancellable: Bool) -> sluice_curl_exchange {
        var wire = sluice_curl_exchange()
        wire.context = Unmanaged.passUnretained(self).toOpaque()
        wire.allow_address = askAddress
        wire.take_header = passHeader
        wire.take_body = passBody
        if isCancellable { wire.is_cancelled = askCancelled }
        return wire
    }
}

// MARK: Callbacks
// Free functions: a closure written in place could inherit an actor, and would trap on a thread of another.

private func conversation(_ context: UnsafeMutableRawPointer?) -> Conversation? {
    context.map { Unmanaged<Conversation>.fromOpaque($0).takeUnretainedValue() }
}

private func askAddress(_ bytes: UnsafePointer<UInt8>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    conversation(context)?.allow(Array(UnsafeBufferPointer(start: bytes, count: count))) == true ? 1 : 0
}

private func passHeader(_ bytes: UnsafePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    conversation(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
}

private func passBody(_ bytes: UnsafePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    conversation(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
}

private func askCancelled(_ context: UnsafeMutableRawPointer?) -> Int32 {
    conversation(context)?.isCancelled == true ? 1 : 0
}
