// What a file that is no record, or no good one, probably is instead.
import Biometrics
import Secrets

extension SecretBytes {
    func begins(with text: String) -> Bool { begins(with: Array(text.utf8)) }

    func begins(with bytes: [UInt8]) -> Bool {
        count >= bytes.count && bytes.indices.allSatisfy { self[$0] == bytes[$0] }
    }

    fileprivate func number(at offset: Int, bytes: Int) -> Int? {
        guard offset + bytes <= count else { return nil }
        return (offset..<(offset + bytes)).reduce(0) { $0 << 8 | Int(self[$1]) }
    }
}

/// Runs a strict reader and adds to its error what it cannot know.
func explained<Result>(
    _ bytes: SecretBytes, _ read: () throws(BiometricError) -> Result
) throws(BiometricError) -> Result {
    do throws(BiometricError) { return try read() } catch {
        throw BiometricError(error.code, error.cause, nextStep: hint(about: bytes) ?? error.nextStep)
    }
}

/// Which look-alike a record with the right magic is.
private func hint(about bytes: SecretBytes) -> String? {
    if bytes.begins(with: "FMR\0 20\0") {
        // The American standard has a length of two bytes, which four bytes read as far too much.
        if bytes.number(at: 8, bytes: 2) == bytes.count {
            return "it looks like ANSI/INCITS 378-2004; ask its writer for ISO/IEC 19794-2:2005"
        }
        if let length = bytes.number(at: 8, bytes: 4), length != bytes.count {
            return length > bytes.count
                ? "\(length - bytes.count) bytes are missing; was it cut?"
                : "\(bytes.count - length) bytes are too many; was something appended?"
        }
    }
    if bytes.begins(with: "FMR\0 030") || bytes.begins(with: "FMR\0030\0") {
        return "it is of the edition of 2011; ask its writer for that of 2005"
    }
    if bytes.begins(with: "FIR\0010\0"), let length = bytes.number(at: 8, bytes: 6), length == bytes.count,
        bytes.number(at: 36, bytes: 4) == bytes.count - 36
    {
        return "it looks like ANSI/INCITS 381-2004; ask its writer for ISO/IEC 19794-4:2005"
    }
    if bytes.begins(with: "FIR\0020\0") { return "it is of the edition of 2011; ask its writer for that of 2005" }
    return nil
}

/// The error for a file that begins like no record.
func notARecord(_ bytes: SecretBytes) -> BiometricError {
    let known: [(start: [UInt8], name: String, step: String)] = [
        ([0x89, 0x50, 0x4e, 0x47], "a PNG picture", ""),
        ([0, 0, 0, 12, 0x6a, 0x50], "a JPEG 2000 picture", "a FIR has 46 bytes of headers before it"),
        ([0xff, 0x4f, 0xff, 0x51], "a JPEG 2000 picture", "a FIR has 46 bytes of headers before it"),
        ([0xff, 0xd8, 0xff], "a JPEG picture", ""),
        ([0xff, 0xa0], "a WSQ picture", "a FIR has 46 bytes of headers before it"),
        (Array("P5".utf8), "a PGM picture", ""),
        (Array("Rk1S".utf8), "a FMR in base64", "decode it first with: base64 -d"),
        (Array("RklS".utf8), "a FIR in base64", "decode it first with: base64 -d"),
        (Array("<".utf8), "XML", "a PidData is sealed; only UIDAI can open it"),
        (Array("FAC\0".utf8), "a face record", ""),
        (Array("IIR\0".utf8), "an iris record", ""),
    ]
    if bytes.isEmpty { return BiometricError("record-empty", "the file is empty") }
    let match = known.first { bytes.begins(with: $0.start) }
    return BiometricError(
        "not-a-record", "the file begins with neither FMR nor FIR" + (match.map { "; it is \($0.name)" } ?? ""),
        nextStep: match?.step ?? "check that this is the right file")
}
