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
        /// There is no such request.
        case unknownRequest
        /// The connection broke before anything was answered: pidd has ended or was restarted.
        case lost
        /// What answered is not pidd, or is broken.
        case badAnswer
        /// pidd speaks other versions of the protocol.
        case otherVersion
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
            let barrier = Barrier(to: path)
            self.init(.forbidden, "socket-forbidden", barrier.cause, nextStep: barrier.nextStep)
        case (_, ENOENT):
            self.init(
                .unreachable, "socket-missing", "there is no socket at \(path)",
                nextStep: Self.checkPidd)
        case (.unreachable, _):
            self.init(
                .unreachable, "pidd-unreachable", "pidd does not listen at \(path)",
                nextStep: Self.checkPidd)
        case (.timeout, _):
            self.init(
                .unreachable, "pidd-silent", "pidd did not answer in time", nextStep: "check its journal")
        case (.configuration, _):
            self.init(.unreachable, "socket-invalid", "\(path) is no path of a socket", nextStep: "check --socket")
        case (.broken, _) where !error.wasAnswered:
            self.init(
                .lost, "pidd-lost", "pidd went away before it answered", nextStep: "try again; its journal says why")
        default:
            self.init(
                .badAnswer, "pidd-broken", "the connection to pidd broke: \(error.cause)",
                nextStep: "check its journal and try again")
        }
    }

    /// The step after every failure to find pidd.
    private static let checkPidd = "check that pidd runs (pidd serve) and that --socket names its socket"

    /// Whether pidd was there and has ended, so that a service manager may be starting it again (a restart, an upgrade).
    package var isRestart: Bool { kind == .lost || self == .stopping }

    /// The end of a second attempt after pidd went away during the first.
    ///
    /// A pidd that is being started again may not have its socket yet, so nothing of this speaks against a later attempt.
    package var afterLoss: PiddError {
        guard kind == .unreachable || kind == .lost else { return self }
        return PiddError(.lost, "pidd-lost", "pidd went away during the capture: \(cause)", nextStep: "try again")
    }

    /// The failure that a PidData document reports.
    ///
    /// errInfo of pidd ends with its own next step, behind a semicolon; the steps here are for the documents without one.
    init(_ report: PidDataReport) {
        let code = RDErrorCode(rawValue: Int(report.errCode) ?? -1)
        let info = printable(report.errInfo.isEmpty ? code?.wording ?? "Capture failed" : report.errInfo)
        let end = info.firstRange(of: "; ")
        let text = end.map { String(info[..<$0.lowerBound]) } ?? info
        let told = end.map { String(info[$0.upperBound...]) } ?? ""
        func step(_ usual: String) -> String { told.isEmpty ? usual : told }
        let name = "rd-\(printable(report.errCode))"
        switch code {
        case .timedOut: self.init(.noFinger, name, text, nextStep: step("put a finger on the scanner in time"))
        case .deviceInUse: self.init(.busy, name, text, nextStep: step("try again or wait longer with --wait"))
        case .deviceNotReady, .fingerprintUnsupported:
            self.init(.noScanner, name, text, nextStep: step("check that the scanner is plugged in"))
        case .notRegistered:
            self.init(.notRegistered, name, text, nextStep: step("see pidd's settings and certificates"))
        // The person who reads this has said --type; fType is the name that it has on the way.
        case .invalidFType: self.init(.badRequest, name, text, nextStep: "say --type fmr")
        case .invalidPidOptions, .invalidFCount, .invalidIType, .invalidICount, .invalidPidVer,
            .invalidTimeout, .invalidPosh, .faceUnsupported, .invalidFormat, .invalidDemo, .protobufUnsupported,
            .irisUnsupported, .invalidURL:
            self.init(.badRequest, name, text, nextStep: told)
        case .success, .captureFailed, .internalError, nil:
            self.init(.captureFailed, name, text, nextStep: step("try again"))
        }
    }

    /// An answer with a status that is no success.
    init(_ response: HTTPResponse) {
        let status = response.status
        let delay = response.headers["retry-after"].flatMap { Int($0) }.map { "try again in \($0) s" }
        if let problem = Problem(parsing: response.body, type: response.headers["content-type"]) {
            guard problem.code != "shutting-down" else {
                self = .stopping
                return
            }
            let holder = problem.holder.map { " (in use by \($0.program ?? "a program") of uid \($0.uid ?? -1))" } ?? ""
            let next = problem.nextStep.isEmpty ? delay ?? "" : problem.nextStep
            self.init(
                Self.kind(of: status, problem.code), printable(problem.code), printable(problem.cause + holder),
                nextStep: printable(next))
            return
        }
        switch status {
        case 503 where response.body.starts(with: "the service is stopping".utf8): self = .stopping
        case 429, 503:
            self.init(
                .busy, "pidd-busy", "pidd has too many requests (HTTP \(status))", nextStep: delay ?? "try again later")
        case 401, 403:
            self.init(
                .forbidden, "pidd-forbids", "pidd's access rules do not allow this to this user",
                nextStep: "see the access rules in pidd's settings")
        default:
            self.init(
                .badAnswer, "not-pidd", "the socket answered HTTP \(status)",
                nextStep: "check that --socket names pidd's socket and that pidd is not older than this program")
        }
    }

    /// pidd ends, by its own word: as good as one that does not run.
    private static let stopping = PiddError(
        .unreachable, "pidd-stopping", "pidd is stopping", nextStep: "start it again")

    /// What a problem of pidd is to a script, by its status as in docs/openapi.json.
    private static func kind(of status: Int, _ code: String) -> Kind {
        switch (status, code) {
        case (400...402, _), (405...408, _), (410...417, _): .badRequest
        case (403, _): .forbidden
        case (404, _): .unknownRequest
        case (_, "device-absent"), (_, "device-starting"), (_, "device-lost"): .noScanner
        case (429, _), (503, _), (409, "busy"): .busy
        case (504, _): .noFinger
        default: .captureFailed
        }
    }
}

/// A text of another program as it may be shown: one line of bounded length.
func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
}
