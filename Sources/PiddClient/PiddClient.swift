// Asks pidd for captures over its Unix socket.
package import HTTPClient
package import RDProtocol
package import Secrets

/// A capture that pidd sealed.
package struct Capture: Sendable {
    /// The PidData document, byte for byte as pidd gave it.
    package let document: SecretBytes
    /// What the document says outside its seal.
    package let report: PidDataReport
}

/// Asks pidd for captures over its Unix socket.
package struct PiddClient: Sendable {
    /// Where pidd listens when nothing else is said.
    package static let defaultSocket = "/run/pidd/pidd.sock"

    private let socket: String

    package init(socket: String = defaultSocket) { self.socket = socket }

    /// A document in which pidd tells about itself.
    package enum Information: Sendable {
        case service, device
    }

    /// Waits for a finger and returns its sealed capture.
    ///
    /// - Parameters:
    ///   - options: what to capture.
    ///   - wait: how long to wait in line for the scanner, in whole seconds; nil leaves it to pidd.
    ///   - cancellation: ends the wait; pidd then stops the capture.
    /// - Returns: a capture whose report says success and whose seal is whole.
    /// - Throws: `PiddError` saying why there is none.
    package func capture(
        _ options: PidOptions, wait: Duration? = nil, cancellation: Cancellation? = nil
    ) throws(PiddError) -> Capture {
        var headers = [("Content-Type", "text/xml"), ("Accept", "text/xml")]
        if let wait { headers.append(("Prefer", "wait=\(wait.components.seconds)")) }
        let body = try ask(
            "CAPTURE", "/rd/capture", headers: headers, body: .secret(SecretBytes(copying: options.xml())),
            timeout: .milliseconds(options.timeoutMilliseconds) + (wait ?? .zero) + Limits.margin, cancellation)
        let report: PidDataReport
        do {
            report = try PidDataReport(parsing: body)
        } catch {
            throw PiddError(.badAnswer, error.code, "pidd's answer: \(error.cause)", nextStep: error.nextStep)
        }
        guard report.isSuccess else { throw PiddError(report) }
        guard let sealed = report.sealed, sealed.dataType == "X" else {
            throw PiddError(
                .badAnswer, "capture-incomplete", "the capture lacks Skey, Hmac or Data of type X",
                nextStep: "check pidd's version")
        }
        guard let device = report.deviceInfo, !device.mc.isEmpty else {
            throw PiddError(
                .notRegistered, "capture-without-mc", "the capture has no device certificate (mc)",
                nextStep: "register the device: pidd provision")
        }
        return Capture(document: SecretBytes(copying: body), report: report)
    }

    /// The document in which pidd tells whether it is ready, or about its device.
    ///
    /// - Throws: `PiddError` when there is no answer.
    package func information(_ kind: Information) throws(PiddError) -> [UInt8] {
        switch kind {
        case .service: try ask("RDSERVICE", "/", timeout: Limits.information, nil)
        case .device: try ask("DEVICEINFO", "/rd/info", timeout: Limits.information, nil)
        }
    }

    private func ask(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: HTTPBody = .none, timeout: Duration,
        _ cancellation: Cancellation?
    ) throws(PiddError) -> [UInt8] {
        let request = HTTPRequest(
            method: method, url: "http://localhost\(path)", route: .unixSocket(socket),
            headers: headers.map { (name: $0.0, value: $0.1) }, body: body, timeout: timeout,
            bodyLimit: Limits.document)
        let response: HTTPResponse
        do {
            response = try HTTPClient().send(request, cancellation: cancellation)
        } catch {
            throw PiddError(error, socket: socket)
        }
        guard response.status == 200 else {
            throw PiddError(status: response.status, retryAfter: response.headers["retry-after"])
        }
        return response.body
    }
}
