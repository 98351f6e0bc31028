package struct HeaderField: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// An HTTP request to send. Redirects are not followed: the answer says where to, and the caller decides.
package struct OutgoingRequest: Sendable {
    package var method: String
    /// http or https only.
    package var url: String
    package var headers: [HeaderField] = []
    /// nil sends none; an empty one is sent with its length of 0. No content type is added.
    package var body: [UInt8]?
    package var userAgent = "Sluice"

    package var connectTimeout: Duration = .seconds(10)
    /// Of the whole exchange; nil for none, as a stream without an end needs.
    package var totalTimeout: Duration? = .seconds(30)
    /// Without a single byte; nil for none. Counted in full seconds.
    package var idleTimeout: Duration?

    package var maxResponseBytes = 1 << 20
    /// What a longer body is: cut there (and `bodyWasCut` says so), or an error. The same for one that breaks off or takes too long.
    package var cutsLongBody = false

    /// Refuses loopback, private, multicast and all other addresses that are not public, judged by the address that the name
    /// resolved to.
    package var denyPrivateAddresses = false
    /// Exceptions from `denyPrivateAddresses`: asked with an address of 4 or 16 bytes in network order that is not public; true lets the
    /// request through to it. Never asked about a link-local address, which stays refused.
    package var mayReach: (@Sendable ([UInt8]) -> Bool)?
    /// Refuses link-local addresses, where clouds keep the credentials of the machine, even if private ones are welcome.
    package var alwaysDenyLinkLocal = true
    /// `http_proxy` and so on. Never used with `denyPrivateAddresses`, since the proxy's address says nothing of the target.
    package var usesEnvironmentProxy = false

    /// A file of certificates in PEM to trust instead of the system's.
    package var caFile: String?

    /// Asked about once a second during the exchange; true ends it with the error `cancelled`.
    package var isCancelled: (@Sendable () -> Bool)?

    package init(method: String = "GET", url: String, headers: [HeaderField] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct ResponseHead: Sendable, Equatable {
    /// 200 to 599; informational answers are passed over.
    package internal(set) var status: Int
    /// In the order received; values without the blanks around them.
    package internal(set) var headers: [HeaderField]

    /// The value of the first field of this name, in any case of letters.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

package struct IncomingResponse: Sendable, Equatable {
    package let head: ResponseHead
    package let body: [UInt8]
    package let bodyWasCut: Bool

    package var status: Int { head.status }
    package func header(_ name: String) -> String? { head.header(name) }
}
