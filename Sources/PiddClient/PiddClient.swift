// Asks pidd for captures, for its state and for what happens, over its Unix socket.
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

/// pidd, as reached over its Unix socket.
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
    ///   - id: the name of the request, for `events` and `cancel`.
    ///   - wait: how long to wait in line for the scanner, rounded up to whole seconds; nil leaves it to pidd.
    ///   - cancellation: ends the wait; pidd then stops the capture.
    /// - Returns: a capture whose report says success and whose seal is whole.
    /// - Throws: `PiddError` saying why there is none.
    package func capture(
        _ options: PidOptions, id: RequestID = .unique(), wait: Duration? = nil, cancellation: Cancellation? = nil
    ) throws(PiddError) -> Capture {
        var headers = [("Content-Type", "text/xml"), ("Accept", "text/xml"), ("Pidd-Request-Id", id.text)]
        if let wait {
            let seconds = wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)
            headers.append(("Prefer", "wait=\(seconds)"))
        }
        let body = try ask(
            "CAPTURE", "/rd/capture", headers: headers, body: .secret(options.xml()),
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

    /// The document in which pidd tells its state: `PiddStatus` in JSON.
    ///
    /// - Throws: `PiddError` when there is none.
    package func status() throws(PiddError) -> [UInt8] {
        try ask("GET", "/v1/status", timeout: Limits.information, nil)
    }

    /// What pidd says of itself; nil when what answers is an RD service of another kind, or no service at all.
    ///
    /// - Throws: `PiddError` when nothing answers, or pidd is stopping.
    package func about() throws(PiddError) -> PiddAbout? {
        do {
            return PiddAbout(parsing: try ask("GET", "/v1", timeout: Limits.information, nil))
        } catch {
            guard error.kind == .badAnswer || error.kind == .unknownRequest || error.kind == .badRequest else {
                throw error
            }
            return nil
        }
    }

    /// Makes sure that pidd speaks this client's version, before anybody is asked for a finger.
    ///
    /// A service that says nothing of versions may be another maker's, which speaks the RD dialect only; it passes. So does a pidd
    /// whose rules let this user capture but ask nothing.
    ///
    /// - Throws: `PiddError` saying which side is too old, or why nothing answers.
    package func checkVersion() throws(PiddError) {
        let about: PiddAbout?
        do {
            about = try self.about()
        } catch {
            guard error.kind == .forbidden else { throw error }
            return
        }
        guard let about, let remedy = about.remedy else { return }
        throw PiddError(.otherVersion, "pidd-version", about.finding, nextStep: remedy)
    }

    /// Ends the requests of this name, waiting or capturing; returns when pidd has told them.
    ///
    /// - Throws: `PiddError` when there is no such request, or it is another user's.
    package func cancel(_ id: RequestID, within time: Duration = Limits.information) throws(PiddError) {
        _ = try ask("DELETE", "/v1/captures/\(id.text)", timeout: time, nil)
    }

    /// Hands over what happens from now on, a JSON object (`PiddEvent`) a line.
    ///
    /// - Parameters:
    ///   - request: only the events that concern the requests of this name; the stream ends with them.
    ///   - cancellation: ends the stream, which has no other limit in time.
    ///   - onLine: takes each line, and nil whenever nothing has come for a moment; returns false to end the stream.
    /// - Throws: `PiddError` when there is no stream, or it breaks off.
    package func events(
        of request: RequestID? = nil, cancellation: Cancellation? = nil, onLine: ([UInt8]?) -> Bool
    ) throws(PiddError) {
        let query = request.map { "?request=\($0.text)" } ?? ""
        var wanted = self.request("GET", "/v1/events\(query)", timeout: Limits.information)
        wanted.headers = [("Accept", "application/x-ndjson")]
        let response: HTTPResponse
        do {
            response = try HTTPClient().stream(
                wanted, idle: nil, lineLimit: Limits.event, cancellation: cancellation, onLine: onLine)
        } catch {
            throw PiddError(error, socket: socket)
        }
        guard response.status == 200 else { throw PiddError(response) }
    }

    private func request(_ method: String, _ path: String, timeout: Duration) -> HTTPRequest {
        HTTPRequest(
            method: method, url: "http://localhost\(path)", route: .unixSocket(socket), timeout: timeout,
            bodyLimit: Limits.document)
    }

    private func ask(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: HTTPBody = .none, timeout: Duration,
        _ cancellation: Cancellation?
    ) throws(PiddError) -> [UInt8] {
        var wanted = request(method, path, timeout: timeout)
        wanted.headers = headers.map { (name: $0.0, value: $0.1) }
        wanted.body = body
        let response: HTTPResponse
        do {
            response = try HTTPClient().send(wanted, cancellation: cancellation)
        } catch {
            throw PiddError(error, socket: socket)
        }
        guard response.status == 200 || response.status == 204 else { throw PiddError(response) }
        return response.body
    }
}
