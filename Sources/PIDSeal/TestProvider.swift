// Makes test identities, which no one can take for a registered device's (`pidd provision --test`).
import Crypto
import Glibc
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
    ///   - force: whether a test identity may be replaced; any other never is.
    ///   - time: now, in seconds since the Unix epoch.
    /// - Returns: the new identity.
    /// - Throws: `IdentityError` when there is an identity already, or a folder cannot be written.
    package func provision(
        serial: String?, rdsVer: String, force: Bool, at time: Int64
    ) throws(IdentityError) -> DeviceIdentity {
        let name = KeyStore.folderName(serial ?? "")
        let folder = folder(serial: serial)
        let old = try identityToReplace(folder, force: force)
        let identity: DeviceIdentity
        do throws(CryptoError) {
            identity = DeviceIdentity(
                dpId: DeviceIdentity.testProvider, rdsId: "TEST.LNX.001", rdsVer: rdsVer, dc: try newDeviceCode(),
                mi: "TEST-SCANNER", idHash: upperHex(sha256(Array((serial ?? name).utf8))))
        } catch { throw IdentityError(error) }
        let standIn = try StandIn(folder: standIn, at: time)

        let new = "\(state)/identity/.\(name).new"
        removeIdentity(new)
        try createFolder(new)
        do throws(IdentityError) {
            for environment in Environment.allCases {
                try writeKeys("\(new)/\(environment.rawValue)", identity, standIn, at: time)
            }
            try write("\(new)/identity.conf", identity.configuration, mode: 0o644)
            try standIn.register(identity, replacing: old)
            try put(new, in: folder, aside: "\(state)/identity/.\(name).old")
        } catch {
            removeIdentity(new)
            throw error
        }
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
        _ folder: String, _ identity: DeviceIdentity, _ standIn: StandIn, at time: Int64
    ) throws(IdentityError) {
        let key: PrivateKey
        let certificate: Certificate
        do throws(CryptoError) {
            key = try PrivateKey(generatingBits: Limits.rsaBits)
            // Device, provider and UIDAI end together at the latest.
            let end = min(time + Limits.testDeviceValidity, standIn.provider.certificate.notAfter)
            certificate = try standIn.provider.issue(
                .init(
                    commonName: "rd_device_\(identity.dc)", validity: (time - Limits.testClockSkew)..<end),
                for: key.publicKey)
        } catch { throw IdentityError(error) }
        try createFolder(folder)
        try write("\(folder)/device.key", key)
        try write("\(folder)/mc.cer", certificate.pem, mode: 0o644)
        try write("\(folder)/uidai.cer", standIn.uidai.pem, mode: 0o644)
    }

    /// Puts a finished folder into its place; an old one steps aside first and is removed after.
    private func put(_ new: String, in place: String, aside: String) throws(IdentityError) {
        do throws(SystemError) {
            removeIdentity(aside)
            if exists(place), unsafe rename(place, aside) != 0 { throw SystemError("rename", on: place) }
            guard unsafe rename(new, place) == 0 else {
                let error = SystemError("rename", on: place)
                _ = unsafe rename(aside, place)
                throw error
            }
            let parent = try Descriptor(
                unsafe open("\(state)/identity", O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open", on: state)
            guard fsync(parent.raw) == 0 || errno == EINVAL else { throw SystemError("fsync", on: state) }
        } catch {
            throw IdentityError(
                "identity-not-written", "\(error)", nextStep: "check the folder's owner, mode and free space")
        }
        removeIdentity(aside)
    }
}

/// Removes an identity folder that this file made, as far as it exists; foreign files in it keep it in place.
private func removeIdentity(_ folder: String) {
    for environment in Environment.allCases {
        for name in ["device.key", "mc.cer", "uidai.cer"] { unsafe unlink("\(folder)/\(environment.rawValue)/\(name)") }
        unsafe rmdir("\(folder)/\(environment.rawValue)")
    }
    unsafe unlink("\(folder)/identity.conf")
    unsafe rmdir(folder)
}

/// A random UUID (version 4) in lower case.
private func newDeviceCode() throws(CryptoError) -> String {
    var bytes = try randomBytes(count: 16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Array(upperHex(bytes).lowercased())
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
}
