// Web origins: as browsers send them, and as the settings list them (RFC 6454, RFC 9110 section 4.3).

/// Scheme, host and port of a web page.
struct WebOrigin: Sendable, Equatable {
    let scheme: String
    /// In lower case; an IPv6 address stands in brackets.
    let host: String
    /// Nil for the port that belongs to the scheme.
    let port: UInt16?

    /// Reads `scheme://host[:port]`; nil for everything else, `null` and anything with a path included.
    init?(_ text: String) {
        guard text.utf8.count <= Limits.origin, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        let text = text.lowercased()
        guard let scheme = ["https", "http"].first(where: { text.hasPrefix("\($0)://") }) else { return nil }
        guard let (host, port) = splitHost(text.dropFirst(scheme.count + 3)) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port == (scheme == "https" ? 443 : 80) ? nil : port
    }
}

/// Splits `host[:port]`, in lower case; nil when it is not of that form.
func splitHost(_ text: some StringProtocol) -> (host: String, port: UInt16?)? {
    let text = text.lowercased()
    // An IPv6 address has colons of its own.
    let hostEnd = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
    let host = String(text[..<(hostEnd ?? text.endIndex)])
    let isLiteral = host.hasPrefix("[")
    guard !host.isEmpty, host.utf8.allSatisfy({ isHostByte($0) || isLiteral && ":[]".utf8.contains($0) }) else {
        return nil
    }
    let rest = text[(hostEnd ?? text.endIndex)...]
    if rest.isEmpty { return (host, nil) }
    guard rest.first == ":", rest.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }),
        let port = UInt16(rest.dropFirst()), port > 0
    else { return nil }
    return (host, port)
}

/// Whether a byte may stand in the name of a host, in lower case.
private func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "_"):
        true
    default: false
    }
}

/// One entry of the list of origins that may capture: an origin, or `https://*.example.in` for all hosts below a name.
package struct OriginRule: Sendable, Equatable {
    /// As it was written.
    package let text: String
    private let origin: WebOrigin
    /// `.example.in` for `*.example.in`, so that whole labels compare.
    private let suffix: String?

    /// Reads an entry; nil when it is none.
    ///
    /// The star stands for one or more whole labels, only over TLS, and never for a whole top-level domain. A path, even `/`,
    /// is refused: an origin has none, and whoever writes one believes that it narrows.
    package init?(_ text: String) {
        self.text = text
        let star = "https://*."
        guard text.lowercased().hasPrefix(star) else {
            guard let origin = WebOrigin(text) else { return nil }
            (self.origin, suffix) = (origin, nil)
            return
        }
        guard let origin = WebOrigin("https://\(text.dropFirst(star.count))"), !origin.host.hasPrefix("["),
            origin.host.split(separator: ".", omittingEmptySubsequences: false).count >= 2,
            !origin.host.split(separator: ".", omittingEmptySubsequences: false).contains("")
        else { return nil }
        (self.origin, suffix) = (origin, ".\(origin.host)")
    }

    /// An origin that it covers, for trying it out.
    var example: String { suffix == nil ? text : text.replacing("*.", with: "any.", maxReplacements: 1) }

    /// Whether its pages are of this machine, which browsers let speak to this machine without asking anybody.
    var isOfThisMachine: Bool { suffix == nil && ["localhost", "127.0.0.1", "[::1]"].contains(origin.host) }

    /// The pattern for it in a policy of Chromium.
    var policyPattern: String { suffix == nil ? text : text.replacing("*.", with: "[*.]", maxReplacements: 1) }

    func covers(_ other: WebOrigin) -> Bool {
        guard let suffix else { return other == origin }
        guard other.scheme == origin.scheme, other.port == origin.port, other.host.hasSuffix(suffix) else {
            return false
        }
        return !other.host.dropLast(suffix.count).split(separator: ".", omittingEmptySubsequences: false).contains("")
    }
}
