// The life of an identity: request, install, rotate, remove (spec/rd-service.md 1.4).
import Crypto
import Glibc
import Platform
package import RDProtocol
import Secrets

/// Changes the identities of a state folder, one program at a time.
///
/// Every change becomes visible in one step: a process that is killed, or a machine that loses power, leaves the old
/// state or the new one, and what lies unfinished beside it is wiped by the next command.
package struct Provisioner: Sendable {
    /// Where a new key is to be.
    package enum KeyChoice: Sendable, Equatable {
        /// Where the present one is.
        case asBefore
        case file, tpm
        /// A key in a token or TPM that exists.
        case uri(String)
    }

    /// What came of a command.
    package enum Progress: Sendable, Equatable {
        /// A new key waits for its certificate; the request is in this file.
        case awaiting(request: String)
        /// A pair is in use, until a time in seconds since the Unix epoch.
        case installed(dc: String, until: Int64)
        /// Nothing was done, because the pair holds long enough.
        case notDue(until: Int64)
    }

    let state: String
    let configuration: String
    let provider: (any DeviceProvider)?
    let standIn: String

    /// - Parameters:
    ///   - state: such as `/var/lib/pidd`.
    ///   - configuration: such as `/etc/pidd`.
    ///   - provider: nil when certificates come in files.
    ///   - standIn: the folder of the stand-in that renews test identities.
    package init(state: String, configuration: String, provider: (any DeviceProvider)?, standIn: String) {
        self.state = state
        self.configuration = configuration
        self.provider = provider
        self.standIn = standIn
    }

    // MARK: Request

    /// Makes a key and a request for an environment in which the device is not registered.
    ///
    /// A request that is there already is kept, so that the command can be repeated.
    ///
    /// - Parameters:
    ///   - serial: of the scanner.
    ///   - environment: to be registered in.
    ///   - registration: the names; of a device that is registered elsewhere, its own are taken.
    ///   - key: where it is to be.
    ///   - force: whether a request that is there is thrown away.
    ///   - time: seconds since the Unix epoch.
    /// - Returns: where the request is, or the pair that is in use when a provider could be asked.
    /// - Throws: `IdentityError`.
    package func request(
        serial: String, environment: Environment, registration: () throws(IdentityError) -> Registration,
        key: KeyChoice, force: Bool, at time: Int64
    ) throws(IdentityError) -> Progress {
        guard !serial.isEmpty, KeyStore.folderName(serial) != KeyStore.anyScanner else {
            throw IdentityError(
                "serial-missing", "only a test identity may stand for every scanner",
                nextStep: "say for which scanner with --serial; pidd's log and 'pidd doctor' name it")
        }
        let place = IdentityPlace(state: state, serial: serial)
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        let identity = try place.identity()
        guard identity == nil || !exists(place.pair(environment)) else {
            throw IdentityError(
                "already-registered", "the scanner is registered for environment \(environment.rawValue)",
                nextStep:
                    "for a new key run: pidd provision rotate --serial \(place.name) --env \(environment.rawValue)")
        }
        guard identity?.isTest != true else { throw Self.isTest(place) }
        if force { try place.discardRequest(environment) }
        let wanted = if let identity { Registration(of: identity) } else { try registration() }
        return try advance(place, environment, wanted, identity, key, at: time)
    }

    /// Makes the request unless it is there, and has it certified if there is a provider to ask.
    private func advance(
        _ place: IdentityPlace, _ environment: Environment, _ registration: Registration, _ identity: DeviceIdentity?,
        _ choice: KeyChoice, at time: Int64
    ) throws(IdentityError) -> Progress {
        let provider: (any DeviceProvider)? =
            identity?.isTest == true ? try StandInProvider(folder: standIn, at: time) : self.provider
        let present = try? readDeviceKey("\(place.pair(environment))/device.key")
        var request = ProviderRequest(
            operation: present == nil ? .register : .renew, environment: environment, serial: place.serial,
            registration: registration, idHash: registration.idHashRule.idHash(serial: place.serial, dc: identity?.dc),
            dc: identity?.dc)
        let folder = place.request(environment)
        if exists(folder), try !hasKey(choice, in: folder) { try place.discardRequest(environment) }
        if !exists(folder) {
            let key = try newKey(choice, present?.home, provider, request)
            try write(key, registration, place, environment)
        }
        let key = try readDeviceKey("\(folder)/device.key")
        guard let provider else { return .awaiting(request: "\(folder)/request.csr") }
        do throws(CryptoError) {
            request.csr = try CertificateRequest(for: key.key, subject: Self.subject(place, identity)).der
            request.publicKey = try key.key.publicKey.der
            if let present { request.signature = try present.key.signSHA256(request.csr) }
        } catch { throw IdentityError(error) }
        if let current = try? readCertificate("\(place.pair(environment))/mc.cer") { request.certificate = current.der }
        return try put(
            try provider.certify(request), key, place, environment, registration, at: time)
    }

    /// Whether the key of a request is where a command wants it.
    private func hasKey(_ choice: KeyChoice, in folder: String) throws(IdentityError) -> Bool {
        let file = "\(folder)/device.key"
        return switch choice {
        case .asBefore: true
        case .file: try readDeviceKey(file).home == .file
        case .tpm: try readDeviceKey(file).home == .tpm
        case .uri(let uri): try readDeviceKey(file).content == SecretBytes(copying: Array("\(uri)\n".utf8))
        }
    }

    private func newKey(
        _ choice: KeyChoice, _ present: KeyHome?, _ provider: (any DeviceProvider)?, _ request: ProviderRequest
    ) throws(IdentityError) -> DeviceKey {
        switch choice {
        case .file: return try DeviceKey(new: .file)
        case .tpm: return try DeviceKey(new: .tpm)
        case .uri(let uri): return try DeviceKey(uri: uri)
        case .asBefore:
            switch present {
            case nil, .file: return try DeviceKey(new: .file)
            case .tpm: return try DeviceKey(new: .tpm)
            case .pkcs11, .tpmHandle:
                guard let provider else {
                    throw IdentityError(
                        "key-missing", "the key in use is in a token, where pidd cannot make another",
                        nextStep: "make an RSA-2048 key there and name it with --key URI")
                }
                var question = ProviderRequest(
                    operation: .newKey, environment: request.environment, serial: request.serial,
                    registration: request.registration, idHash: request.idHash, dc: request.dc)
                question.certificate = request.certificate
                return try DeviceKey(uri: provider.newKey(question))
            }
        }
    }

    private func write(
        _ key: DeviceKey, _ registration: Registration, _ place: IdentityPlace, _ environment: Environment
    ) throws(IdentityError) {
        guard key.key.bits == Limits.rsaBits else {
            throw IdentityError(
                "key-size", "the device key has to be RSA with \(Limits.rsaBits) bits", nextStep: "make such a key")
        }
        let csr: CertificateRequest
        do { csr = try CertificateRequest(for: key.key, subject: Self.subject(place, try place.identity())) } catch {
            throw IdentityError("request-failed", "\(error)", nextStep: "check the key")
        }
        let next = place.nextRequest(environment)
        try createFolder(next)
        try PIDSeal.write("\(next)/device.key", key.content)
        try PIDSeal.write("\(next)/request.conf", registration.configuration, mode: 0o644)
        try PIDSeal.write("\(next)/request.csr", csr.pem, mode: 0o644)
        do { try putFolder(next, in: place.request(environment)) } catch { throw IdentityError(error) }
    }

    /// The name in a request, which a provider replaces by its own.
    private static func subject(_ place: IdentityPlace, _ identity: DeviceIdentity?) -> [(name: String, value: String)]
    {
        let serial = String(place.name.prefix(64))
        return [("CN", identity.map { "rd_device_\($0.dc)" } ?? "rd_device"), ("serialNumber", serial)]
    }

    // MARK: Install

    /// Puts a certificate that came for a request into use.
    ///
    /// - Parameters:
    ///   - serial: of the scanner.
    ///   - environment: of the request.
    ///   - dc: nil takes the one that the device has.
    ///   - mc: PEM or DER.
    ///   - uidai: PEM or DER; nil keeps the one in use, or that of the configuration.
    ///   - time: seconds since the Unix epoch.
    /// - Returns: the pair that is in use now.
    /// - Throws: `IdentityError` when there is no request or something does not fit; the old pair stays then.
    package func install(
        serial: String, environment: Environment, dc: String?, mc: [UInt8], uidai: [UInt8]?, at time: Int64
    ) throws(IdentityError) -> Progress {
        let place = IdentityPlace(state: state, serial: serial)
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        let identity = try place.identity()
        let folder = place.request(environment)
        guard exists(folder) else {
            throw IdentityError(
                "no-request",
                "there is no request for environment \(environment.rawValue) that a certificate could answer",
                nextStep:
                    "make one with: pidd provision \(identity == nil ? "request" : "rotate") --env \(environment.rawValue)"
            )
        }
        for checked in [place.path, folder] { try checkPlace(checked) }
        guard let code = dc ?? identity?.dc else {
            throw IdentityError(
                "device-code-missing", "a device that is registered for the first time needs its device code",
                nextStep: "give the dc that the device provider answered with: --dc UUID")
        }
        let registration =
            if let identity { Registration(of: identity) } else { try Registration(path: "\(folder)/request.conf") }
        return try put(
            ProviderAnswer(dc: code, mc: mc, uidai: uidai), readDeviceKey("\(folder)/device.key"), place, environment,
            registration, at: time)
    }

    /// Checks an answer and puts the pair into use in one step.
    private func put(
        _ answer: ProviderAnswer, _ key: DeviceKey, _ place: IdentityPlace, _ environment: Environment,
        _ registration: Registration, at time: Int64
    ) throws(IdentityError) -> Progress {
        let pair = try NewPair(
            answer, for: key, place, environment, registration, configuration: configuration, at: time)
        let next = place.nextPair(environment)
        try createFolder(next)
        try PIDSeal.write("\(next)/device.key", key.content)
        try PIDSeal.write("\(next)/mc.cer", pair.certificate.pem, mode: 0o644)
        let present = "\(place.pair(environment))/uidai.cer"
        if let uidai = pair.uidai {
            try PIDSeal.write("\(next)/uidai.cer", uidai.pem, mode: 0o644)
        } else if exists(present) {
            try PIDSeal.write("\(next)/uidai.cer", readCertificate(present).pem, mode: 0o644)
        }
        // An identity without a pair is as little registered as none, so that it may come first.
        if !exists(place.identityFile) {
            try PIDSeal.write(place.identityFile, pair.identity.configuration, mode: 0o644)
        }
        do { try putFolder(next, in: place.pair(environment)) } catch { throw IdentityError(error) }
        try wipeFolder(next)
        try place.discardRequest(environment)
        return .installed(dc: pair.identity.dc, until: pair.certificate.notAfter)
    }

    // MARK: Rotate

    /// Makes a new key for a registered device and has it certified; the old pair is used until the new one is complete.
    ///
    /// - Parameters:
    ///   - serial: of the identity.
    ///   - environment: of the pair.
    ///   - days: does nothing while the device certificate holds longer than that; nil rotates in any case.
    ///   - key: where the new one is to be.
    ///   - time: seconds since the Unix epoch.
    /// - Returns: what came of it.
    /// - Throws: `IdentityError`; the old pair is in use then.
    package func rotate(
        serial: String, environment: Environment, ifDueIn days: Int?, key: KeyChoice, at time: Int64
    ) throws(IdentityError) -> Progress {
        let place = IdentityPlace(state: state, serial: serial)
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        guard let identity = try place.identity(), exists(place.pair(environment)) else {
            throw IdentityError(
                "not-registered", "the scanner is not registered for environment \(environment.rawValue)",
                nextStep: "register it with: pidd provision request --env \(environment.rawValue)")
        }
        for checked in [place.path, place.pair(environment)] { try checkPlace(checked) }
        let present = try? readCertificate("\(place.pair(environment))/mc.cer")
        if let days, let present, present.notAfter - time > Int64(days) * 86_400 {
            return .notDue(until: present.notAfter)
        }
        // A rotation that was killed at its last step has left its request; that key is in use already.
        let folder = place.request(environment)
        if exists(folder), let key = try? readKey("\(folder)/device.key"), present?.matches(key) == true {
            try place.discardRequest(environment)
        }
        return try advance(place, environment, Registration(of: identity), identity, key, at: time)
    }

    static func isTest(_ place: IdentityPlace) -> IdentityError {
        IdentityError(
            "identity-exists", "\(place.path) holds a test identity",
            nextStep: "remove it with: pidd provision remove --serial \(place.name)")
    }
}
