// The file of authorities to trust, checked before a person is asked for a finger.
import Crypto
import Platform

/// Makes sure that a file holds certificates in PEM, as libcurl will read it.
///
/// - Throws: `FileError` when it cannot be read, `InvalidInput` when it holds no certificate or a broken one.
package func checkAuthorities(_ path: String) throws {
    let bytes = try readFile(path, limit: Limits.authorities)
    let begin = Array("-----BEGIN CERTIFICATE-----".utf8)
    let starts = bytes.indices.filter { bytes[$0...].starts(with: begin) }
    let isWhole = starts.allSatisfy { (try? Certificate(pemOrDER: Array(bytes[$0...]))) != nil }
    guard !starts.isEmpty, isWhole else {
        throw InvalidInput(
            "ca-file-invalid",
            "the CA file \(path) holds \(starts.isEmpty ? "no certificate" : "a broken certificate")",
            nextStep: "name a PEM file with the certificates of the authorities to trust")
    }
}
