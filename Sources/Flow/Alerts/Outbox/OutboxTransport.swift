package import Curl

/// What carries messages: libcurl, or what a test puts in its place. Made and used on the outbox's thread only.
package protocol OutboxTransport {
    func add(_ request: OutgoingRequest, id: Int64)
    func add(_ mail: OutgoingMail, id: Int64)
    /// Waits until something has ended, somebody wakes it or the time is over.
    func run(timeoutMilliseconds: Int) -> [FinishedTransfer]
}

extension TransferLoop: OutboxTransport {}

package typealias MakeTransport = @Sendable (TransferWaker) throws(CurlError) -> any OutboxTransport
