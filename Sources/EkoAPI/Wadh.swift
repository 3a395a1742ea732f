// The value that binds a capture to its use: a hash of the resident authentication's parameters.
import Crypto

/// A `wadh`: base64(SHA-256(ver + ra + rc + lr + de + pfr)), part of what is captured and never added later.
package struct Wadh: Equatable, Sendable {
    /// The text that is hashed, such as `2.5FYNNN`.
    package let input: String

    package init(input: String) { self.input = input }

    /// 44 characters of base64.
    package var value: String { base64(sha256(Array(input.utf8))) }

    /// eKYC by fingerprint with consent, no local language, no decryption by the agency, no print: Fino and Fingpay.
    package static let fingerprintKYC = Wadh(input: "2.5FYNNN")

    /// As above, with a local language and decryption by the agency: Fino before 24 July 2026.
    package static let finoBeforeJuly2026 = Wadh(input: "2.5FYYYN")

    /// Finds the parameters behind a value by trying all that the format allows; nil when none fits.
    package init?(value: String) {
        let choices = ["Y", "N"]
        for version in ["2.5", "2.1", "2.0", "2.2", "2.3", "2.4", "1.0"] {
            for biometrics in ["F", "I", "O", "P", "FI", "FO", "IO", "FIO", "IF", "FP", "IP", "FIP"] {
                for rc in choices {
                    for lr in choices {
                        for de in choices {
                            for pfr in choices {
                                let wadh = Wadh(input: version + biometrics + rc + lr + de + pfr)
                                if wadh.value == value {
                                    self = wadh
                                    return
                                }
                            }
                        }
                    }
                }
            }
        }
        return nil
    }
}
