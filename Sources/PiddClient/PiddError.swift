// Why there is no capture.
import Glibc
import HTTPClient
import Platform
import RDProtocol

/// Why pidd gave no capture.
package struct PiddError: ExplainedError, Equatable {
    package enum Kind: Sendable {
        /// Nobody listens on the socket.
        case unreachable
        /// The socket or the service is not for this user.
        case forbidden
        /// The scanner or pidd has too much to do: try again later.
        case busy
        /// No finger came in time.
        case noFinger
        /// No scanner is ready.
        case noScanner
        /// pidd lacks keys or certificates.
        case notRegistered
        /// pidd does not accept what was asked for.
        case badRequest
        /// The capture failed in a way that says nothing about the next one.
        case captureFailed
        /// What answered is not pidd, or is broken.
        case badAnswer
        /// The caller gave up.
        case cancelled
    }

    package let kind: Kind
    package let code: String
    package let cause: String
    package let nextStep: String

    init(_ kind: Kind, _ code: String, _ cause: String, nextStep: String = "") {
        self.kind = kind
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    /// The failure of a request to the socket at `path`.
    init(_ error: HTTPClientError, socket path: String) {
        switch (error.kind, error.systemCode) {
        case (.cancelled, _): self.init(.cancelled, "cancelled", "the capture was cancelled")
        case (_, EACCES), (_, EPERM):
            let group = groupName(of: path)
            self.init(
                .forbidden, "socket-forbidden", "this user may not open \(path), which is for group '\(group)'",
                nextStep: "ask for membership (usermod -aG \(group) USER) and log in again")
        case (_, ENOENT):
            self.init(
                .unreachable, "socket-missing", "there is no socket at \(path)",
                nextStep: "check that pidd runs (systemctl status pidd.socket) and that --socket names its socket")
        case (.unreachable, _):
            self.init(
                .unreachable, "pidd-unreachable", "pidd does not listen at \(path)",
                nextStep: "check that it runs: systemctl status pidd.service")
        case (.timeout, _):
            self.init(
                .unreachable, "pidd-silent", "pidd did not answer in time", nextStep: "check its journal")
        case (.configuration, _):
            self.init(.unreachable, "socket-invalid", "\(path) is no path of a socket", nextStep: "check --socket")
        default:
            self.init(
                .badAnswer, "pidd-broken", "the connection to pidd broke: \(error.cause)",
                nextStep: "check its journal and try again")
        }
    }

    /// The failure that a PidData document reports.
    init(_ report: PidDataReport) {
        let code = RDErrorCode(rawValue: Int(report.errCode) ?? -1)
        let text = printable(report.errInfo.isEmpty ? code?.wording ?? "Capture failed" : report.errInfo)
        let name = "rd-\(printable(report.errCode))"
        switch code {
        case .timedOut: self.init(.noFinger, name, text, nextStep: "put a finger on the scanner in time")
        case .deviceInUse: self.init(.busy, name, text, nextStep: "try again or wait longer with --wait")
        case .deviceNotReady, .fingerprintUnsupported:
            self.init(.noScanner, name, text, nextStep: "connect the scanner or see: pidd doctor")
        case .notRegistered: self.init(.notRegistered, name, text, nextStep: "see pidd's settings and certificates")
        case .invalidPidOptions, .invalidFType, .invalidFCount, .invalidIType, .invalidICount, .invalidPidVer,
            .invalidTimeout, .invalidPosh, .faceUnsupported, .invalidFormat, .invalidDemo, .protobufUnsupported,
            .irisUnsupported, .invalidURL:
            self.init(.badRequest, name, text)
        case .success, .captureFailed, .internalError, nil: self.init(.captureFailed, name, text, nextStep: "try again")
        }
    }

    /// An answer that is not an RD document at all.
    init(status: Int, retryAfter: String?) {
        switch status {
        case 429, 503:
            let delay = retryAfter.flatMap { Int($0) }.map { "in \($0) s" } ?? "later"
            self.init(.busy, "pidd-busy", "pidd has too many requests (HTTP \(status))", nextStep: "try again \(delay)")
        case 401, 403:
            self.init(
                .forbidden, "pidd-forbids", "pidd's access rules do not allow this user to capture",
                nextStep: "see the access rules in pidd's settings")
        default:
            self.init(
                .badAnswer, "not-pidd", "the socket answered HTTP \(status)",
                nextStep: "check that --socket names pidd's socket")
        }
    }
}

/// A text of another program as it may be shown: one line of bounded length.
private func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
}

/// The group that may open a socket; pidd's usual one when the socket cannot be looked at.
private func groupName(of path: String) -> String {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return "pidd" }
    guard let entry = unsafe getgrgid(status.st_gid) else { return String(status.st_gid) }
    return unsafe String(cString: entry.pointee.gr_name)
}
