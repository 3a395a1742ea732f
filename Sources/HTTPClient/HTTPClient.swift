// HTTP over TLS or a Unix socket, by libcurl.
import CCurl
import Secrets

/// Sends requests one at a time and keeps the connection for the next.
///
/// No redirect is followed, no cookie kept, no header logged, and certificates are always checked.
@safe
package struct HTTPClient: ~Copyable {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer

    /// libcurl is set up once in a process, with memory that is wiped when it is given back.
    private static let ready: Bool = ccurl_global_init() == CURLE_OK

    /// Makes a client.
    ///
    /// - Throws: `HTTPClientError` when libcurl cannot be set up.
    package init() throws(HTTPClientError) {
        guard Self.ready, let easy = unsafe curl_easy_init() else {
            throw HTTPClientError(.configuration, "libcurl cannot be set up")
        }
        guard let multi = unsafe curl_multi_init() else {
            unsafe curl_easy_cleanup(easy)
            throw HTTPClientError(.configuration, "libcurl cannot be set up")
        }
        unsafe self.easy = unsafe easy
        unsafe self.multi = unsafe multi
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
    }

    /// Sends one request and waits for its answer, whatever status that has.
    ///
    /// - Parameters:
    ///   - request: what to send, and where.
    ///   - cancellation: ends the wait early; closes the connection.
    /// - Returns: the whole answer.
    /// - Throws: `HTTPClientError` when there is no whole answer; its `wasSent` tells whether the server may have acted.
    package func send(
        _ request: HTTPRequest, cancellation: Cancellation? = nil
    ) throws(HTTPClientError) -> HTTPResponse {
        try send(request, cancellation, nil)
    }

    /// Sends one request and hands over the body of its answer line by line, as the lines come.
    ///
    /// `timeout` of the request is the longest time until the head of the answer has come; after it only `idle` counts.
    /// An answer with another status than 200 is collected instead, as by `send`.
    ///
    /// - Parameters:
    ///   - request: what to send, and where.
    ///   - idle: the longest time without any line; nil for no limit, where a person ends the stream.
    ///   - lineLimit: the longest line that is accepted, in bytes.
    ///   - cancellation: ends the stream early; closes the connection.
    ///   - onLine: takes each line without its end, and nil whenever nothing has come for `Limits.cancellationCheck`;
    ///     returns false to end the stream. A line that has no end when the stream ends is not handed over.
    /// - Returns: the answer; its body is empty when it has been handed over in lines.
    /// - Throws: `HTTPClientError` when there is no answer, or it breaks off or is silent for too long.
    package func stream(
        _ request: HTTPRequest, idle: Duration?, lineLimit: Int, cancellation: Cancellation? = nil,
        onLine: ([UInt8]?) -> Bool
    ) throws(HTTPClientError) -> HTTPResponse {
        try withoutActuallyEscaping(onLine) { (onLine) throws(HTTPClientError) in
            try send(request, cancellation, Streaming(idle: idle, lineLimit: lineLimit, onLine: onLine))
        }
    }

    /// How an answer is handed over line by line.
    private struct Streaming {
        let idle: Duration?
        let lineLimit: Int
        let onLine: ([UInt8]?) -> Bool
    }

    private func send(
        _ request: HTTPRequest, _ cancellation: Cancellation?, _ streaming: Streaming?
    ) throws(HTTPClientError) -> HTTPResponse {
        unsafe curl_easy_reset(easy)
        try configure(request)
        // libcurl's time limit is for the whole answer; `drive` has those of a stream. 0 is no limit to libcurl.
        if streaming != nil { unsafe try check(ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, 0), "time limit") }
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { unsafe curl_slist_free_all(headers) }
        // The first two stop libcurl from adding headers of its own.
        for line in ["Expect:", "Content-Type:"] + request.headers.map({ "\($0.name): \($0.value)" }) {
            unsafe headers = unsafe curl_slist_append(headers, line)
        }
        unsafe try check(ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers), "headers")

        switch request.body {
        case .none: return try receive(request, cancellation, streaming)
        case .bytes(let bytes):
            return try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(HTTPClientError) in
                unsafe try lend(bytes)
                return try receive(request, cancellation, streaming)
            }
        case .secret(let secret):
            return try unsafe secret.withUnsafeBuffer { (bytes) throws(HTTPClientError) in
                unsafe try lend(bytes)
                return try receive(request, cancellation, streaming)
            }
        }
    }

    /// What every request has in common, and where this one goes.
    private func configure(_ request: HTTPRequest) throws(HTTPClientError) {
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        try set(CURLOPT_CONNECTTIMEOUT_MS, min(request.timeout, Limits.connect).milliseconds)
        switch request.route {
        case .unixSocket(let path):
            try set(CURLOPT_PROTOCOLS_STR, "http")
            try set(CURLOPT_UNIX_SOCKET_PATH, path)
            try set(CURLOPT_PROXY, "")  // a proxy from the environment is not meant for a socket on this machine
        case .plain:
            try set(CURLOPT_PROTOCOLS_STR, "http")
            try set(CURLOPT_PROXY, "")  // nor for this one: what goes in the clear goes to nobody else
        case .tls(let options):
            if let proxy = options.proxy {
                try set(CURLOPT_PROXY, proxy)
                try set(CURLOPT_NOPROXY, "")  // the exceptions are for the proxy of the environment
            }
            try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)  // what a proxy says is not the server's answer
            try set(CURLOPT_PROTOCOLS_STR, "https")
            try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
            if let path = options.caFile {
                try set(CURLOPT_CAINFO, path)
                unsafe try check(ccurl_set_string(easy, CURLOPT_CAPATH, nil), "CA file")
            }
            if let path = options.clientCertificateFile { try set(CURLOPT_SSLCERT, path) }
            if let path = options.clientKeyFile { try set(CURLOPT_SSLKEY, path) }
            // An encrypted key is refused: without this libcrypto would ask at the terminal, for as long as it takes.
            try set(CURLOPT_KEYPASSWD, "")
            if !options.pinnedKeys.isEmpty {
                try set(CURLOPT_PINNEDPUBLICKEY, options.pinnedKeys.map { "sha256//\($0)" }.joined(separator: ";"))
            }
        }
    }

    /// Gives libcurl the address of the body: it sends from there and keeps no copy.
    private func lend(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTPClientError) {
        unsafe try check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)), "body")
        unsafe try check(
            ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress)), "body")
    }

    /// Runs the request that the handle now describes; all that the handle points to is lent for this call only.
    private func receive(
        _ request: HTTPRequest, _ cancellation: Cancellation?, _ streaming: Streaming?
    ) throws(HTTPClientError) -> HTTPResponse {
        var received = Received(bodyLimit: request.bodyLimit, lineLimit: streaming?.lineLimit)
        var delivery = streaming.map { LineDelivery(head: request.timeout, idle: $0.idle, onLine: $0.onLine) }
        var detail = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        var result = CURLE_OK
        let end = unsafe detail.withUnsafeMutableBufferPointer { detail in
            unsafe withUnsafeMutablePointer(to: &received) { received in
                unsafe ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, detail.baseAddress)
                unsafe ccurl_set_pointer(easy, CURLOPT_WRITEDATA, received)
                unsafe ccurl_set_pointer(easy, CURLOPT_HEADERDATA, received)
                unsafe ccurl_set_pointer(easy, CURLOPT_PREREQDATA, received)
                unsafe ccurl_set_connected(easy) { target, _, _, _, _ in
                    unsafe target?.assumingMemoryBound(to: Received.self).pointee.isConnected = true
                    return CURL_PREREQFUNC_OK
                }
                unsafe ccurl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, target in
                    unsafe Received.take(bytes, size * count, target) { unsafe $0.pointee.appendBody($1) }
                }
                unsafe ccurl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, target in
                    unsafe Received.take(bytes, size * count, target) { unsafe $0.pointee.appendHeader($1) }
                }
                defer { unsafe ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, nil) }
                return perform(cancellation, &result) { unsafe delivery?.deliver(&received.pointee) }
            }
        }
        // The size alone will not do: it counts the CONNECT that a proxy is sent before there is TLS.
        let wasSent = received.isConnected && number(CURLINFO_REQUEST_SIZE) > 0
        switch end {
        case .cancelled: throw HTTPClientError(.cancelled, "the request was cancelled", wasSent: wasSent)
        case .silent:
            throw HTTPClientError(
                .timeout, "nothing came for too long", wasSent: wasSent, wasAnswered: received.hasHead)
        case .enough: break
        case .finished where result != CURLE_OK:
            let text = String(decoding: detail.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw HTTPClientError(
                result,
                detail: received.isTooLarge
                    ? "the answer is larger than \(streaming?.lineLimit ?? request.bodyLimit) bytes" : text,
                systemCode: Int32(truncatingIfNeeded: number(CURLINFO_OS_ERRNO)), wasSent: wasSent,
                wasAnswered: received.hasHead)
        case .finished: break
        }
        return HTTPResponse(
            status: number(CURLINFO_RESPONSE_CODE), headers: received.headers, body: received.body)
    }

    /// Drives the transfer to its end; `result` is libcurl's when it finishes.
    ///
    /// The multi interface is used for one handle because a transfer of the easy interface looks for a cancellation
    /// only once a second. `step` runs after each part of the transfer and may end it.
    private func perform(
        _ cancellation: Cancellation?, _ result: inout CURLcode, step: () -> TransferEnd?
    ) -> TransferEnd {
        result = CURLE_FAILED_INIT
        guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return .finished }
        defer { unsafe curl_multi_remove_handle(multi, easy) }
        var running: Int32 = 1
        while running > 0 {
            if let cancellation, cancellation.isCancelled {
                cancellation.noteEnd()
                return .cancelled
            }
            guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return .finished }
            if let end = step() { return end }
            guard running > 0 else { break }
            let wait = Int32(Limits.cancellationCheck.milliseconds)
            guard unsafe curl_multi_poll(multi, nil, 0, wait, nil) == CURLM_OK else { return .finished }
        }
        var left: Int32 = 0
        if let message = unsafe curl_multi_info_read(multi, &left) { unsafe result = message.pointee.data.result }
        return .finished
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        unsafe try check(ccurl_set_string(easy, option, value), "option \(option.rawValue)")
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        unsafe try check(ccurl_set_long(easy, option, value), "option \(option.rawValue)")
    }

    private func check(_ code: CURLcode, _ what: String) throws(HTTPClientError) {
        guard code == CURLE_OK else { throw HTTPClientError(.configuration, "libcurl does not take the \(what)") }
    }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        unsafe ccurl_get_long(easy, info, &value)
        return value
    }
}

extension Duration {
    /// Whole milliseconds, at least 1: libcurl takes 0 for no limit at all.
    fileprivate var milliseconds: Int {
        max(1, Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000))
    }
}
