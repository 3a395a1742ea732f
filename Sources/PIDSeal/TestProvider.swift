// Makes test identities, which no one can take for a registered device's (`pidd provision --test`).
import Crypto
import Platform
import RDProtocol

/// A device provider that registers devices with the stand-in for UIDAI only.
package struct TestProvider: Sendable {
    private let state: String
    private let standIn: String

    /// Names the folders; nothing is written yet.
    ///
    /// - Parameters:
    ///   - state: pidd's state folder, see `KeyStore`.
    ///   - standIn: the folder of the stand-in for UIDAI; it is made when there is none, and used again otherwise.
    package init(state: String, standIn: String) {
        self.state = state
        self.standIn = standIn
    }

    /// The folder of the identity for a scanner; nil stands for every scanner.
    package func folder(serial: String?) -> String { "\(state)/identity/\(KeyStore.folderName(serial ?? ""))" }

    /// Makes a test identity with keys for all environments and registers it with the stand-in.
    ///
    /// The identity folder appears as a whole or not at all.
    ///
    /// - Parameters:
    ///   - serial: of the scanner; nil makes an identity for every scanner.
    ///   - rdsVer: the version of this program.
    ///   - idHashRule: what idHash is made of.
    ///   - home: where the keys are to be, in files or in the TPM.
    ///   - force: whether a test identity may be replaced; any other never is.
    ///   - time: now, in seconds since the Unix epoch.
    /// - Returns: the new identity.
    /// - Throws: `IdentityError` when there is an identity already, or a folder cannot be written.
    package func provision(
        serial: String?, rdsVer: String, idHashRule: IdHashRule = .standard, home: KeyHome = .file, force: Bool,
        at time: Int64
    ) throws(IdentityError) -> DeviceIdentity {
        let place = IdentityPlace(state: state, serial: serial ?? "")
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        let old = try identityToReplace(place.path, force: force)
        let identity: DeviceIdentity
        do throws(CryptoError) {
            let dc = try newDeviceCode()
            identity = DeviceIdentity(
                dpId: DeviceIdentity.testProvider, rdsId: "TEST.LNX.001", rdsVer: rdsVer, dc: dc, mi: "TEST-SCANNER",
                idHash: idHashRule.idHash(serial: place.serial, dc: dc) ?? "", idHashRule: idHashRule)
        } catch { throw IdentityError(error) }
        let standIn = try StandIn(folder: standIn, at: time)

        let new = place.nextIdentity
        try createFolder(new)
        do throws(IdentityError) {
            for environment in Environment.allCases {
                try writeKeys("\(new)/\(environment.rawValue)", identity, home, standIn, at: time)
            }
            try write("\(new)/identity.conf", identity.configuration, mode: 0o644)
            try standIn.register(identity, replacing: old)
            do { try putFolder(new, in: place.path) } catch { throw IdentityError(error) }
        } catch {
            try? wipeIdentity(new)
            throw error
        }
        // The one that was replaced.
        try wipeIdentity(new)
        return identity
    }

    private func identityToReplace(_ folder: String, force: Bool) throws(IdentityError) -> DeviceIdentity? {
        guard exists(folder) else { return nil }
        guard let old = try? DeviceIdentity(path: "\(folder)/identity.conf"), old.isTest else {
            throw IdentityError(
                "identity-exists", "\(folder) holds something that is not a test identity",
                nextStep: "move it away yourself if it is not needed any more")
        }
        guard force else {
            throw IdentityError(
                "identity-exists", "\(folder) holds a test identity already", nextStep: "replace it with --force")
        }
        return old
    }

    /// Makes a device key and its certificate for one environment.
    private func writeKeys(
        _ folder: String, _ identity: DeviceIdentity, _ home: KeyHome, _ standIn: StandIn, at time: Int64
    ) throws(IdentityError) {
        let key = try DeviceKey(new: home)
        let certificate: Certificate
        do {
            certificate = try standIn.certificate(dc: identity.dc, for: key.key.publicKey, at: time)
        } catch { throw IdentityError(error) }
        try createFolder(folder)
        try write("\(folder)/device.key", key.content)
        try write("\(folder)/mc.cer", certificate.pem, mode: 0o644)
        try write("\(folder)/uidai.cer", standIn.uidai.pem, mode: 0o644)
    }
}

/// A random UUID (version 4) in lower case.
private func newDeviceCode() throws(CryptoError) -> String {
    var bytes = try randomBytes(count: 16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array(upperHex(bytes).lowercased())
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
}
