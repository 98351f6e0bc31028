internal import CCurl

/// Why an exchange gave no answer. An answer of any status is none of these.
package struct CurlError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The URL, the method or a header can't be sent.
        case invalidRequest
        /// The name resolved to an address that the request forbids.
        case deniedAddress
        case resolve, connect, tls, certificate, timeout
        /// The connection broke while sending or receiving.
        case transfer
        /// The other side does not speak HTTP as it should.
        case protocolViolation
        case responseTooLarge
        /// SMTP: the server offers no way to log in, or no TLS though it is demanded.
        case loginDenied, tlsMissing
        /// `isCancelled` or a callback asked for it.
        case cancelled
        case outOfMemory, other
    }

    package let kind: Kind
    /// For a person. Never contains the path of the URL, its user information, headers or bodies, which may be secret.
    package let message: String

    /// Whether the same request may succeed later.
    package var isTransient: Bool {
        switch kind {
        case .resolve, .connect, .tls, .timeout, .transfer, .cancelled, .outOfMemory, .other: true
        case .invalidRequest, .deniedAddress, .certificate, .protocolViolation, .responseTooLarge, .loginDenied, .tlsMissing: false
        }
    }

    package var description: String { message }

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension CurlError.Kind {
    init(_ kind: sluice_curl_kind) {
        self =
            switch kind {
            case sluice_curl_bad_request: .invalidRequest
            case sluice_curl_resolve: .resolve
            case sluice_curl_connect: .connect
            case sluice_curl_tls: .tls
            case sluice_curl_certificate: .certificate
            case sluice_curl_timeout: .timeout
            case sluice_curl_transfer_broken: .transfer
            case sluice_curl_protocol: .protocolViolation
            case sluice_curl_stopped: .cancelled
            case sluice_curl_memory: .outOfMemory
            case sluice_curl_login: .loginDenied
            case sluice_curl_no_tls: .tlsMissing
            default: .other
            }
    }
}
