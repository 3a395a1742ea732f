// The PID block of format 1 after decryption: one strict reading of its messages (spec/rd-service.md 2.7).
import Secrets

extension PidBlock {
    /// Reads the plaintext of Data with type P.
    ///
    /// - Throws: `PidRefusal` 513.
    init(protobuf plaintext: SecretBytes) throws(PidRefusal) {
        var (version, timestamp, wadh): (String?, String?, String?)
        var bios: (dih: String?, bio: [Bio])?
        var otp: SecretBytes?
        var reader = ProtobufReader(plaintext)
        var seen: Set<Int> = []
        while let (field, value) = try reader.next() {
            guard case .bytes(let place) = value, seen.insert(field).inserted else {
                throw .protobuf("a field of Pid comes twice or is a number")
            }
            switch field {
            case 1: version = try reader.text(place)
            case 2: timestamp = try reader.text(place)
            case 3: wadh = try reader.text(place)
            case 4: try Self.check(message: place, in: plaintext)  // what is in Demo is not judged here
            case 6: otp = try Self.otp(place, in: plaintext)
            case 5: bios = try Self.bios(place, in: plaintext)
            default: throw .protobuf("Pid has no field \(field)")
            }
        }
        guard let version, let timestamp, let bios, let dih = bios.dih else {
            throw .protobuf("ver, ts, Bios or its dih is missing")
        }
        self.init(timestamp: timestamp, version: version, wadh: wadh ?? "", deviceHash: dih, otp: otp, bios: bios.bio)
    }

    private static func check(message place: Range<Int>, in plaintext: SecretBytes) throws(PidRefusal) {
        var reader = ProtobufReader(plaintext, place)
        while try reader.next() != nil {}
    }

    private static func otp(_ place: Range<Int>, in plaintext: SecretBytes) throws(PidRefusal) -> SecretBytes? {
        var reader = ProtobufReader(plaintext, place)
        var otp: SecretBytes?
        while let (field, value) = try reader.next() {
            if field == 1, case .bytes(let place) = value { otp = reader.secret(place) }
        }
        return otp
    }

    private static func bios(
        _ place: Range<Int>, in plaintext: SecretBytes
    ) throws(PidRefusal) -> (dih: String?, bio: [Bio]) {
        var reader = ProtobufReader(plaintext, place)
        var (dih, bio): (String?, [Bio]) = (nil, [])
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let place)): bio.append(try Self.bio(place, in: plaintext))
            case (2, .bytes(let place)) where dih == nil: dih = try reader.text(place)
            default: throw .protobuf("Bios has a field \(field) that is wrong or comes twice")
            }
        }
        return (dih, bio)
    }

    /// The names of BioType, by number.
    private static let types = ["FMR", "FIR", "IIR", "FID", "FMRFIR"]
    /// The names of Position, from number 1.
    private static let positions = [
        "LEFT_IRIS", "RIGHT_IRIS", "LEFT_INDEX", "LEFT_LITTLE", "LEFT_MIDDLE", "LEFT_RING", "LEFT_THUMB", "RIGHT_INDEX",
        "RIGHT_LITTLE", "RIGHT_MIDDLE", "RIGHT_RING", "RIGHT_THUMB", "UNKNOWN", "FACE",
    ]

    private static func bio(_ place: Range<Int>, in plaintext: SecretBytes) throws(PidRefusal) -> Bio {
        var reader = ProtobufReader(plaintext, place)
        var (type, posh, signature): (String?, String?, String?)
        var record: SecretBytes?
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .number(let number)) where types.indices.contains(number) && type == nil: type = types[number]
            case (2, .number(let number)) where positions.indices.contains(number - 1) && posh == nil:
                posh = positions[number - 1]
            case (3, .bytes(let place)) where record == nil: record = reader.secret(place)
            case (4, .bytes(let place)) where signature == nil: signature = try reader.text(place)
            default: throw .protobuf("a Bio has a field \(field) that is wrong or comes twice")
            }
        }
        guard let type, let posh, let record, let signature else { throw .protobuf("a Bio lacks a field") }
        return Bio(type: type, posh: posh, signature: signature, record: record)
    }
}
