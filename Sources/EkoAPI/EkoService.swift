// Eko's service: its addresses, who we are to it, and the attempts that a call gets.
package import HTTPClient
import Platform

/// Eko's service as one customer sees it.
package struct EkoService: Sendable {
    private let baseURLs: [Product: BaseURL]
    private let baseURL: BaseURL
    private let developerKey: String
    private let signer: Signer
    private let tls: TLSOptions
    private let timeout: Duration

    /// Describes the service; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - baseURL: where all products lie that `products` does not name.
    ///   - products: base URLs of single products.
    ///   - developerKey: sent with each request.
    ///   - signer: signs each request.
    ///   - tls: whom to trust.
    ///   - timeout: of one attempt.
    /// - Throws: `InvalidInput` when the developer key cannot be a header's value.
    package init(
        baseURL: BaseURL, products: [Product: BaseURL] = [:], developerKey: String, signer: Signer,
        tls: TLSOptions = TLSOptions(), timeout: Duration = Limits.call
    ) throws(InvalidInput) {
        guard !developerKey.isEmpty, developerKey.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw InvalidInput(
                "developer-key-invalid", "the developer key is not printable text without blanks",
                nextStep: "copy it again from Eko's console")
        }
        self.baseURL = baseURL
        baseURLs = products
        self.developerKey = developerKey
        self.signer = signer
        self.tls = tls
        self.timeout = timeout
    }

    /// The address below which an operation lies.
    package func baseURL(of operation: Operation) -> BaseURL { baseURLs[operation.product] ?? baseURL }

    /// The whole URL of a call; holds no secret.
    package func url(of call: PreparedCall) -> String { baseURL(of: call.operation).text + call.path }

    /// Signs a call and sends it.
    ///
    /// What went wrong, on the way or at Eko, is part of the outcome. A GET is tried up to three times, signed anew; nothing
    /// else is ever sent a second time.
    ///
    /// - Parameters:
    ///   - call: what to send.
    ///   - cancellation: ends the wait early.
    ///   - retrying: told before another attempt what the one before came to.
    /// - Returns: what the last attempt came to.
    /// - Throws: `SignerError` when no timestamp can be had; nothing was sent then.
    package func send(
        _ call: PreparedCall, cancellation: Cancellation? = nil, retrying: (Outcome) -> Void = { _ in }
    ) throws(SignerError) -> Outcome {
        var outcome = try attempt(call, cancellation)
        guard call.operation.isRepeatable else { return outcome }
        for retry in 1..<Limits.attempts where outcome.isTransient && cancellation?.isCancelled != true {
            retrying(outcome)
            // Half of the wait is chance, so that many clients do not come back together.
            let longest = Limits.firstPause * (1 << (retry - 1))
            pause(longest / 2 + (longest / 2) * Double.random(in: 0...1), unless: cancellation)
            outcome = try attempt(call, cancellation)
        }
        return outcome
    }

    private func attempt(_ call: PreparedCall, _ cancellation: Cancellation?) throws(SignerError) -> Outcome {
        let signature = try signer.sign()
        do throws(HTTPClientError) {
            let client = try HTTPClient()
            let type = call.body == nil ? [] : [("Content-Type", "application/json")]
            let base = baseURL(of: call.operation)
            let request = HTTPRequest(
                method: call.operation.method, url: base.text + call.path,
                route: base.isPlain ? .plain : .tls(tls),
                headers: [
                    ("developer_key", developerKey), ("secret-key", signature.secretKey),
                    ("secret-key-timestamp", signature.timestamp),
                ] + type + [("Accept", "application/json")],
                body: call.body.map { .secret($0) } ?? .none, timeout: timeout, bodyLimit: Limits.answer)
            let response = try client.send(request, cancellation: cancellation)
            return Outcome(call.operation, response, now: wallClockSeconds())
        } catch {
            return Outcome(call.operation, error)
        }
    }

    /// Sleeps in short parts, so that a cancellation is seen soon.
    private func pause(_ duration: Duration, unless cancellation: Cancellation?) {
        let end = SuspendingClock().now + duration
        while SuspendingClock().now < end, cancellation?.isCancelled != true { sleepMilliseconds(20) }
    }
}
