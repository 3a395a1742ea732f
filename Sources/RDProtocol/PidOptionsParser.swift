// Reading PidOptions as real clients write them (spec/rd-clients.md section 2), with the error codes in the specification's order.
package import Secrets

extension PidOptions {
    /// Reads a PidOptions document.
    ///
    /// Unknown attributes and elements, the case of names, an empty or missing value (which means the default), `env` on
    /// the root and stray text are no errors; a wrong value is. What a service may support or not is left to `check(supported:)`.
    ///
    /// - Parameters:
    ///   - document: as it came.
    ///   - strictly: whether to refuse what docs/schema/PidOptions.xsd refuses: with 190 and 150 a missing format and pidVer, with
    ///     100 the rest.
    /// - Throws: `RDError` with code 100 for what is no PidOptions document (more than 64 KiB, a DTD, bad XML), else the code of
    ///   the first wrong value: format, pidVer, numbers, combination, fingers, timeout, posh, env, then otp, wadh and minQuality (100).
    package init(parsing document: SecretBytes, strictly: Bool = false) throws(RDError) {
        let text = try PidOptionsText(document, strictly: strictly)
        let format = try text.choice(
            "format", .invalidFormat, "0 is XML, 1 is protobuf", default: strictly ? nil : PidFormat.xml
        ) {
            decimal($0, digits: 1...2).flatMap(PidFormat.init)
        }
        _ = try text.choice("pidver", .invalidPidVer, "only 2.0 is known", default: strictly ? nil : Self.pidVer) {
            $0 == Self.pidVer ? $0 : nil
        }
        let fTypeNumber = try text.number("ftype", .invalidFType)
        let fCount = try text.number("fcount", .invalidFCount)
        let iType = try text.number("itype", .invalidIType)
        let iCount = try text.number("icount", .invalidICount)
        let pType = try text.number("ptype", .invalidPidOptions)
        let pCount = try text.number("pcount", .invalidPidOptions)
        guard fCount + iCount > 0 else {
            guard text.otp == nil else { throw RDError(.invalidFCount, "an OTP needs a finger beside it") }
            throw RDError(.invalidPidOptions, "no finger is asked for", nextStep: "set fCount to 1")
        }
        guard fCount == 0 || iCount == 0 || pCount == 0 else {
            throw RDError(.invalidPidOptions, "three modalities are asked for at once")
        }
        var fType = FingerRecordType.minutiae
        if fCount > 0 {
            guard let known = FingerRecordType(rawValue: fTypeNumber) else {
                throw RDError(.invalidFType, "0 is FMR, 1 is FIR, 2 is both")
            }
            guard known.countLimits.contains(fCount) else {
                throw RDError(.invalidFCount, "fType \(known.rawValue) allows 1 to \(known.countLimits.upperBound)")
            }
            fType = known
        }
        let timeout = try text.choice(
            "timeout", .invalidTimeout, "1 to 99999 milliseconds", default: Limits.defaultTimeout
        ) { text in
            decimal(text, digits: 1...5).flatMap { Limits.timeout.contains($0) ? $0 : nil }
        }
        let posh = try parsePosh(text.value("posh"), fingers: fCount, irises: iCount, faces: pCount)
        let environment = try text.choice(
            "env", .invalidPidOptions, "env is P, PP or S", default: Environment.production
        ) { Environment(rawValue: $0) }
        let otp = text.otp
        guard otp.map(Self.isOTP) ?? true else {
            throw RDError(.invalidPidOptions, "otp has to be 6 digits")
        }
        let wadh = text.value("wadh")
        guard wadh.isEmpty || isDigest(wadh) else {
            throw RDError(.invalidPidOptions, "wadh has to be a SHA-256 in base64, 44 characters")
        }
        let device = text.custom["device", default: ""]
        guard device.isEmpty || Self.isDevice(device) else {
            throw RDError(.invalidPidOptions, "the device of CustOpts is no id of a scanner")
        }
        let minimumQuality = try text.custom["minquality"].map { text throws(RDError) in
            guard let quality = decimal(text, digits: 1...3), quality <= 100 else {
                throw RDError(.invalidPidOptions, "minQuality is 0 to 100")
            }
            return quality
        }
        self.init(
            fCount: fCount, fType: fType, iCount: iCount, iType: iType, pCount: pCount, pType: pType, format: format,
            timeoutMilliseconds: timeout, otp: otp, wadh: wadh, posh: posh, environment: environment, demo: text.demo,
            device: device.isEmpty ? nil : device, minimumQuality: minimumQuality)
    }
}

/// The values of a PidOptions document as they were written.
private struct PidOptionsText {
    /// The attributes of Opts by lower-case name, white space cut off at both ends, without otp; `env` may come from the root.
    private(set) var values: [String: String] = [:]
    private(set) var otp: SecretBytes?
    private(set) var demo: SecretBytes?
    /// The values of the Params of CustOpts that this service knows, by their names in lower case.
    private(set) var custom: [String: String] = [:]
    private var hasOpts = false
    private var isInCustOpts = false

    init(_ document: SecretBytes, strictly: Bool) throws(RDError) {
        var demo = DemoCopy()
        var schema = PidOptionsSchema()
        do throws(DocumentError) {
            var reader = try XMLPullReader(document, limit: Limits.pidOptions)
            while let event = try reader.next() {
                if case .start(let name, let depth) = event, depth <= 2 { try read(name, depth, from: &reader) }
                demo.take(event, from: &reader)
                if strictly { schema.take(event, from: &reader) }
            }
        } catch {
            throw RDError(.invalidPidOptions, because: error)
        }
        if let deviation = schema.deviation {
            throw RDError(.invalidPidOptions, deviation, nextStep: "see PidOptions.xsd")
        }
        guard hasOpts else { throw RDError(.invalidPidOptions, "the element Opts is missing") }
        guard demo.isValid else {
            throw RDError(.invalidDemo, "only Pi, Pa and Pfa with the attributes of the PID block are known")
        }
        self.demo = demo.finish()
    }

    private mutating func read(_ name: String, _ depth: Int, from reader: inout XMLPullReader) throws(DocumentError) {
        if depth == 1 { isInCustOpts = name.lowercased() == "custopts" }
        switch (depth, name.lowercased()) {
        case (0, "pidoptions"): values["env"] = reader.attributes()["env"]
        case (0, _): throw .unexpectedRequest(expected: "PidOptions")
        case (1, "opts") where !hasOpts:
            hasOpts = true
            var otp: SecretBytes?
            var found: [String: String] = [:]
            reader.forEachAttribute { name, value in
                let key = name.lowercased()
                if key == "otp" {
                    let secret = copy(value).trimmingWhitespace()
                    if !secret.isEmpty { otp = otp ?? secret }
                } else {
                    // `env` on Opts is the usual place and wins over the root; of wadh and WADH the one with a value counts.
                    let text = trimmedText(value)
                    if !text.isEmpty, found[key] == nil { found[key] = text }
                }
            }
            self.otp = otp
            values.merge(found) { _, onOpts in onOpts }
        case (2, "param") where isInCustOpts:
            // What services of other vendors call their Params is none of this one's business.
            let param = reader.attributes()
            let (name, value) = (param["name", default: ""].lowercased(), param["value", default: ""])
            if !value.isEmpty, ["device", "minquality"].contains(name), custom[name] == nil { custom[name] = value }
        default: break
        }
    }

    func value(_ name: String) -> String { values[name, default: ""] }

    /// The value of an attribute; `standard` when it is missing or empty, which is an error where there is none.
    func choice<Value>(
        _ name: String, _ errCode: RDErrorCode, _ detail: String, default standard: Value?, _ read: (String) -> Value?
    ) throws(RDError) -> Value {
        let text = value(name)
        if text.isEmpty, let standard { return standard }
        guard let value = read(text) else { throw RDError(errCode, detail) }
        return value
    }

    /// A number of one or two digits, 0 when it is missing or empty.
    func number(_ name: String, _ errCode: RDErrorCode) throws(RDError) -> Int {
        try choice(name, errCode, "a number of one or two digits is expected", default: 0) { text in
            decimal(text, digits: 1...2)
        }
    }
}

/// The positions that `posh` names, in the order fingers, irises, face.
///
/// - Throws: `RDError` with code 170 for an unknown or repeated name, UNKNOWN beside a name, or another number than asked for.
private func parsePosh(_ text: String, fingers: Int, irises: Int, faces: Int) throws(RDError) -> [Posh] {
    if text.isEmpty || text == "UNKNOWN" { return [] }
    var named: [Posh] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let position = Posh(rawValue: String(word)), !named.contains(position) else {
            throw RDError(.invalidPosh, "each position has to be a known one and named once")
        }
        named.append(position)
    }
    let ordered = [\Posh.isFinger, \.isIris, \.isFace].map { kind in named.filter { $0[keyPath: kind] } }
    guard ordered.map(\.count) == [fingers, irises, faces] else {
        throw RDError(.invalidPosh, "as many positions have to be named as are asked for")
    }
    return ordered.flatMap { $0 }
}

/// A number written in plain digits, or nil.
private func decimal(_ text: String, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
    return Int(text)
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Whether a text has the form of 32 bytes in base64.
private func isDigest(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 44 && bytes[43] == UInt8(ascii: "=")
        && bytes.dropLast().allSatisfy { byte in
            isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte >= 0x41
                || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
        }
}
