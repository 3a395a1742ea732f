// The PID block as a Protocol Buffers message, for `format` 1 (spec/rd-service.md 2.7).
import Biometrics
import Crypto
import RDProtocol
import Secrets

extension PIDBlock {
    /// Writes the block as protobuf; records go in as they are, not as base64.
    ///
    /// - Parameters: as for the XML.
    /// - Throws: `RDError` 200 for a Demo with a value that its message cannot hold, 999 when the key cannot sign.
    static func protobuf(
        _ records: [BiometricRecord], options: PidOptions, timestamp: PIDTimestamp, keys: DeviceKeys
    ) throws(RDError) -> SecretBytes {
        var pid = ProtobufMessage()
        pid.add(1, PidOptions.pidVer)
        pid.add(2, timestamp.text)
        pid.add(3, options.wadh)
        if let demo = options.demo { pid.add(4, try demoMessage(demo)) }
        var bios = ProtobufMessage()
        for record in records {
            var bio = ProtobufMessage()
            bio.add(1, record.kind.protobufValue)
            bio.add(2, record.position.protobufValue)
            bio.add(3, record.bytes)
            do throws(CryptoError) {
                bio.add(4, base64(try sign(record.bytes, timestamp, keys)))
            } catch { throw RDError(.internalError, because: error) }
            bios.add(1, bio)
        }
        bios.add(2, keys.identity.dih)
        pid.add(5, bios)
        if let otp = options.otp {
            var factor = ProtobufMessage()
            factor.add(1, otp)
            pid.add(6, factor)
        }
        return pid.encoded
    }
}

extension BiometricRecord.Kind {
    fileprivate var protobufValue: Int {
        switch self {
        case .minutiae: 0
        case .image: 1
        }
    }
}

extension FingerPosition {
    /// The number of the enumeration Position, which goes by the alphabet.
    fileprivate var protobufValue: Int {
        switch self {
        case .leftIndex: 3
        case .leftLittle: 4
        case .leftMiddle: 5
        case .leftRing: 6
        case .leftThumb: 7
        case .rightIndex: 8
        case .rightLittle: 9
        case .rightMiddle: 10
        case .rightRing: 11
        case .rightThumb: 12
        case .unknown: 13
        }
    }
}

/// What an attribute of Demo becomes.
private enum DemoField {
    case text(Int)
    case number(Int)
    case choice(Int, [String: Int])
    /// `YYYY` or `YYYY-MM-DD`, which become a message.
    case date(Int)
}

private let matching = ["E": 1, "P": 2, "F": 3, "S": 4]

/// The languages that the enumeration names; in XML each is its number in two digits.
private let languages = [1, 2, 5, 6, 7, 11, 12, 13, 15, 16, 20, 21, 22]

/// The attributes of each element of Demo by their names in the XML.
private let demoFields: [String: [String: DemoField]] = [
    "Demo": [
        "lang": .choice(1, Dictionary(uniqueKeysWithValues: languages.map { ($0 < 10 ? "0\($0)" : "\($0)", $0) }))
    ],
    "Pi": [
        "ms": .choice(1, matching), "name": .text(2), "mv": .number(3), "lname": .text(4), "lmv": .number(5),
        "gender": .choice(6, ["F": 1, "M": 2, "T": 3]), "dob": .date(7),
        "dobt": .choice(8, ["V": 1, "D": 2, "A": 3]), "age": .number(9), "email": .text(10), "phone": .text(11),
    ],
    "Pa": [
        "ms": .choice(1, matching), "co": .text(2), "house": .text(3), "street": .text(4), "lm": .text(5),
        "loc": .text(6), "vtc": .text(7), "subdist": .text(8), "dist": .text(9), "state": .text(10), "pc": .text(11),
        "po": .text(12), "country": .text(13),
    ],
    "Pfa": [
        "ms": .choice(1, matching), "av": .text(2), "mv": .number(3), "lav": .text(4), "lmv": .number(5),
    ],
]

/// The places of the elements in the message Demo.
private let demoElements = ["Pi": 2, "Pa": 3, "Pfa": 4]

/// Turns the Demo element, which RDProtocol made of known names only, into its message.
private func demoMessage(_ xml: SecretBytes) throws(RDError) -> ProtobufMessage {
    var demo = ProtobufMessage()
    var fault: String?
    do throws(DocumentError) {
        var reader = try XMLPullReader(xml)
        while let event = try reader.next() {
            guard case .start(let element, _) = event else { continue }
            var message = ProtobufMessage()
            reader.forEachAttribute { name, value in
                if value.isEmpty { return }  // as good as not given
                guard let field = demoFields[element]?[name], message.add(field, value) else {
                    return fault = "\(name) of \(element) has a value that protobuf cannot hold"
                }
            }
            if element == "Demo" { demo = message } else { demo.add(demoElements[element, default: 15], message) }
        }
    } catch { throw RDError(.invalidDemo, because: error) }
    if let fault { throw RDError(.invalidDemo, fault, nextStep: "correct it or set format to 0") }
    return demo
}

extension ProtobufMessage {
    /// Adds an attribute of Demo; false when its value is none of the field's.
    fileprivate mutating func add(_ field: DemoField, _ value: Span<UInt8>) -> Bool {
        switch field {
        case .text(let number):
            add(
                number,
                unsafe SecretBytes(capacity: value.count) { room in
                    for index in value.indices { unsafe room[index] = value[index] }
                    return value.count
                })
        case .number(let number):
            guard let parsed = digits(value, value.indices) else { return false }
            add(number, parsed)
        case .choice(let number, let values):
            guard value.count <= 2 else { return false }
            let text = String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
            guard let chosen = values[text] else { return false }
            add(number, chosen)
        case .date(let number):
            guard [4, 10].contains(value.count), let year = digits(value, 0..<4) else { return false }
            var date = ProtobufMessage()
            date.add(1, year)
            if value.count == 10 {
                guard value[4] == UInt8(ascii: "-"), value[7] == UInt8(ascii: "-"),
                    let month = digits(value, 5..<7), let day = digits(value, 8..<10)
                else { return false }
                date.add(2, month)
                date.add(3, day)
            }
            add(number, date)
        }
        return true
    }
}

/// A number of one to four decimal digits.
private func digits(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard (1...4).contains(range.count) else { return nil }
    var number = 0
    for index in range {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else { return nil }
        number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
    }
    return number
}
