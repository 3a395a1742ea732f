// Renews test identities: the stand-in's device provider behind the same door as a real one.
import Crypto

/// The device provider of test identities.
struct StandInProvider: DeviceProvider {
    private let standIn: StandIn
    private let time: Int64

    /// Opens a stand-in that exists; a new one would be strange to the device.
    ///
    /// - Throws: `IdentityError`, also when there is none.
    init(folder: String, at time: Int64) throws(IdentityError) {
        guard exists("\(folder)/uidai.key") else {
            throw IdentityError(
                "stand-in-missing", "there is no stand-in for UIDAI in \(folder)",
                nextStep: "name the folder of the one that the identity was made with: --stand-in FOLDER")
        }
        standIn = try StandIn(folder: folder, at: time)
        self.time = time
    }

    func certify(_ request: ProviderRequest) throws(IdentityError) -> ProviderAnswer {
        guard let dc = request.dc else { throw .invalid("a test identity has a device code from the start") }
        do throws(CryptoError) {
            let certificate = try standIn.certificate(dc: dc, for: PublicKey(der: request.publicKey), at: time)
            return ProviderAnswer(dc: dc, mc: certificate.der, uidai: standIn.uidai.der)
        } catch { throw IdentityError(error) }
    }

    func deregister(_ request: ProviderRequest) {}

    func newKey(_ request: ProviderRequest) throws(IdentityError) -> String {
        throw IdentityError(
            "key-missing", "the key in use is in a token, where pidd cannot make another",
            nextStep: "make an RSA-2048 key there and name it with --key URI")
    }
}
