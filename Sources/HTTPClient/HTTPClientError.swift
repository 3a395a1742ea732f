// How a request can fail before there is an answer.
import CCurl
import Glibc
import Platform

/// A request that got no answer.
package struct HTTPClientError: ExplainedError, Equatable {
    /// What kind of failure it is.
    package enum Kind: String, Sendable {
        /// No connection: the name does not resolve, nobody listens, or the socket may not be opened.
        case unreachable
        /// The server's certificate or key is not what was asked for, or TLS could not be agreed upon.
        case tlsRefused = "tls-refused"
        /// The time was up.
        case timeout
        /// The connection broke or spoke no HTTP.
        case broken = "connection-broken"
        /// The answer was larger than asked for.
        case tooLarge = "answer-too-large"
        /// `Cancellation.cancel` was called.
        case cancelled
        /// A file named in the options is unusable, or the URL is not one.
        case configuration = "http-configuration"
    }

    package let kind: Kind
    /// libcurl's words for this attempt; never holds anything of the request but the host's name.
    package let detail: String
    /// errno of the failed connection; 0 when there is none.
    package let systemCode: Int32
    /// Whether any byte of the request had left: if so, the server may have acted on it.
    package let wasSent: Bool
    /// Whether the head of an answer had come: if so, the server has certainly acted on the request.
    package let wasAnswered: Bool

    package var code: String { kind.rawValue }
    package var cause: String { detail }
    package var nextStep: String {
        switch kind {
        case .unreachable: "check the address and the network"
        case .tlsRefused: "check the server's certificate, the CA file and the pins; do not go on without"
        case .timeout: "try again later or with a longer timeout"
        case .broken: "try again later"
        case .tooLarge: "check that this is the right server"
        case .cancelled: ""
        case .configuration: "check the files and the URL in the settings"
        }
    }

    /// A failure that is not libcurl's.
    init(_ kind: Kind, _ detail: String, wasSent: Bool = false, wasAnswered: Bool = false) {
        self.kind = kind
        self.detail = detail
        systemCode = 0
        self.wasSent = wasSent
        self.wasAnswered = wasAnswered
    }

    init(_ code: CURLcode, detail: String, systemCode: Int32, wasSent: Bool, wasAnswered: Bool) {
        let name = unsafe String(cString: curl_easy_strerror(code))
        let refusal = Self.certificateRefusals.contains(where: detail.contains)
        let isBreak =
            code == CURLE_SSL_CONNECT_ERROR && (systemCode != 0 || Self.breaks.contains(where: detail.contains))
        self.kind = refusal ? .tlsRefused : isBreak ? .broken : Self.kind(of: code)
        self.detail = detail.isEmpty ? name : detail
        self.systemCode = systemCode
        // With TLS 1.3 the request may leave before the server has judged the client's certificate; it is not read then.
        self.wasSent = wasSent && !refusal
        self.wasAnswered = wasAnswered
    }

    /// libssl's names of the alerts with which a server refuses a client's certificate, or the lack of one.
    private static let certificateRefusals = [
        "alert certificate required", "alert bad certificate", "alert unknown ca", "alert certificate expired",
        "alert certificate revoked", "alert certificate unknown", "alert unsupported certificate",
    ]

    /// What libcurl says of a handshake that a broken line ended, rather than either side.
    private static let breaks = ["SSL_ERROR_SYSCALL", "unexpected eof", "Connection reset"]

    private static func kind(of code: CURLcode) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tlsRefused
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_WRITE_ERROR, CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_BAD_FUNCTION_ARGUMENT, CURLE_SSL_CIPHER:
            .configuration
        default: .broken
        }
    }
}
