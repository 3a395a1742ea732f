// The PID block after decryption: what it says, and one strict reading of its XML (spec/rd-service.md 2.1).
import RDProtocol
import Crypto
import Secrets

/// What a PID block says, with nothing about it believed yet.
struct PidBlock {
    /// One biometric record.
    struct Bio {
        let type: String
        let posh: String
        let signature: String
        /// The record itself, not its base64.
        let record: SecretBytes
    }

    let timestamp: String
    let version: String
    /// Empty when the attribute is absent too.
    let wadh: String
    let deviceHash: String
    /// The second factor; nil when there is none.
    let otp: SecretBytes?
    let bios: [Bio]

    init(timestamp: String, version: String, wadh: String, deviceHash: String, otp: SecretBytes?, bios: [Bio]) {
        self.timestamp = timestamp
        self.version = version
        self.wadh = wadh
        self.deviceHash = deviceHash
        self.otp = otp
        self.bios = bios
    }

    /// Reads the plaintext of Data with type X: no declaration, no namespace, no white space between elements.
    ///
    /// - Throws: `PidRefusal` 511, or 587 for a namespace.
    init(parsing plaintext: SecretBytes) throws(PidRefusal) {
        try Self.checkSpelling(plaintext)
        var walk = Walk()
        do throws(DocumentError) {
            var reader = try XMLPullReader(plaintext)
            while let event = try reader.next() { walk.take(event, &reader) }
        } catch {
            throw .pidFormat(error.cause)
        }
        if let fault = walk.fault { throw .pidFormat(fault) }
        timestamp = walk.attributes("Pid")["ts", default: ""]
        version = walk.attributes("Pid")["ver", default: ""]
        wadh = walk.attributes("Pid")["wadh", default: ""]
        guard let dih = walk.attributes("Bios")["dih"] else { throw .pidFormat("Bios or its dih is missing") }
        deviceHash = dih
        otp = walk.otp
        var bios: [Bio] = []
        for (attributes, pieces) in walk.bios {
            let text = SecretBytes.concatenating(pieces)
            do throws(CryptoError) {
                let record = try unsafe text.withUnsafeBuffer { (text) throws(CryptoError) in
                    unsafe try decodeSecretBase64(text)
                }
                bios.append(
                    Bio(
                        type: attributes["type", default: ""], posh: attributes["posh", default: ""],
                        signature: attributes["bs", default: ""], record: record))
            } catch {
                throw .pidFormat("a Bio is not base64 on one line")
            }
        }
        self.bios = bios
    }

    /// Refuses what a parser would pass over: a declaration, a namespace, blanks between elements.
    ///
    /// Neither line ends nor what is searched here can stand in base64, and writers escape both in attributes.
    private static func checkSpelling(_ plaintext: SecretBytes) throws(PidRefusal) {
        let (start, namespace, blank) = (Array("<Pid ".utf8), Array(" xmlns".utf8), Array("> ".utf8))
        try plaintext.withSpan { (bytes) throws(PidRefusal) in
            func stands(_ word: [UInt8], at place: Int) -> Bool {
                place + word.count <= bytes.count && word.indices.allSatisfy { bytes[place + $0] == word[$0] }
            }
            for place in bytes.indices {
                guard !stands(namespace, at: place) else { throw .namespace }
                guard bytes[place] >= 32, !stands(blank, at: place) else {
                    throw .pidFormat("the PID has line ends or blanks between elements")
                }
            }
            guard stands(start, at: 0) else { throw .pidFormat("the PID does not begin with <Pid") }
        }
    }
}

/// What is gathered on the walk through the elements.
private struct Walk {
    private(set) var fault: String?
    private(set) var otp: SecretBytes?
    private(set) var bios: [(attributes: [String: String], pieces: [SecretBytes])] = []
    private var seen: [String: [String: String]] = [:]
    private var path: [String] = []

    func attributes(_ element: String) -> [String: String] { seen[element, default: [:]] }

    /// The elements that may stand in others; what stands inside Demo is the demographic room's business.
    private static let places = ["Pid", "Pid/Demo", "Pid/Bios", "Pid/Bios/Bio", "Pid/Pv"]

    mutating func take(_ event: XMLPullReader.Event, _ reader: inout XMLPullReader) {
        switch event {
        case .start(let name, _):
            path.append(name)
            let place = path.joined(separator: "/")
            if place.hasPrefix("Pid/Demo/") { return }
            if !Self.places.contains(place) { return note("\(place) is not an element of a PID") }
            // The names are not in lower case here: a PID is written by one program and read strictly.
            var attributes: [String: String] = [:]
            var otp: SecretBytes?
            reader.forEachAttribute { attribute, value in
                if name == "Pv", attribute == "otp" {
                    otp = copy(value)
                } else {
                    attributes[attribute] = String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
                }
            }
            if let otp { self.otp = otp }
            if name == "Bio" { return bios.append((attributes, [])) }
            if seen.updateValue(attributes, forKey: name) != nil { note("\(name) comes twice") }
        case .text:
            if path.last == "Bio", path.count == 3 {
                bios[bios.count - 1].pieces.append(reader.withText(copy))
            } else if !path.starts(with: ["Pid", "Demo"]) || path.count == 2 {
                note("there is text or white space between the elements")
            }
        case .end: path.removeLast()
        }
    }

    private mutating func note(_ fault: String) { self.fault = self.fault ?? fault }
}

private func copy(_ text: Span<UInt8>) -> SecretBytes {
    unsafe SecretBytes(capacity: text.count) { room in
        for index in text.indices { unsafe room[index] = text[index] }
        return text.count
    }
}
