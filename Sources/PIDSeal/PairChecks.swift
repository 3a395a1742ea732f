// What is checked before a certificate is installed: every mistake that a person or a provider can make, by its own name.
import Crypto
import Platform
import RDProtocol

/// A key and the certificates that came for it.
struct NewPair {
    let key: DeviceKey
    let identity: DeviceIdentity
    let certificate: Certificate
    let uidai: Certificate?

    /// Checks an answer against the key that it was asked for.
    ///
    /// - Parameters:
    ///   - answer: of the provider, or from files.
    ///   - key: the one of the request.
    ///   - place: whose request it is.
    ///   - environment: of the request.
    ///   - registration: what was asked for.
    ///   - configuration: the folder with `provider.pem`, which mc has to lead up to, and UIDAI's certificates.
    ///   - time: seconds since the Unix epoch.
    /// - Throws: `IdentityError` with a code for each mistake.
    init(
        _ answer: ProviderAnswer, for key: DeviceKey, _ place: IdentityPlace, _ environment: Environment,
        _ registration: Registration, configuration: String, at time: Int64
    ) throws(IdentityError) {
        guard isDeviceCode(answer.dc) else {
            throw IdentityError(
                "device-code-invalid", "the device code dc is not a lower-case UUID",
                nextStep: "give the dc that the device provider answered with")
        }
        let certificate = try Self.certificate(answer.mc, "the device certificate mc")
        let uidai = try answer.uidai.map { (bytes) throws(IdentityError) in
            try Self.certificate(bytes, "UIDAI's certificate")
        }
        if let uidai, uidai.matches(key.key), !certificate.matches(key.key) {
            throw IdentityError(
                "certificates-swapped", "the certificate given as UIDAI's is that of the device",
                nextStep: "give --mc and --uidai the other way round")
        }
        try Self.check(certificate, for: key, place, environment)
        guard certificate.isSignedWithRSASHA256 else {
            throw IdentityError(
                "signature-algorithm", "the device certificate mc is not signed with RSA and SHA-256",
                nextStep: "ask the device provider for one that is")
        }
        let named = certificate.commonName
        guard !named.hasPrefix("rd_device_") || named == "rd_device_\(answer.dc)" else {
            throw IdentityError(
                "device-code-mismatch", "the device certificate mc names another device code than \(answer.dc)",
                nextStep: "give dc and mc of the same registration")
        }
        let old = try place.identity()
        guard old == nil || old?.dc == answer.dc else {
            throw IdentityError(
                "device-code-changed", "the device is registered as \(old?.dc ?? ""), not as \(answer.dc)",
                nextStep:
                    "if it was registered anew, remove the old identity first: pidd provision remove --serial \(place.name)"
            )
        }
        try Self.checkChain(certificate, configuration, at: time)
        self.key = key
        self.certificate = certificate
        self.uidai = uidai
        identity = old ?? DeviceIdentity(registration, serial: place.serial, dc: answer.dc)
        if let uidai, !identity.isTest { try Self.checkEnvironment(uidai, place, environment) }
        let path = "\(place.pair(environment))/uidai.cer"
        let shared = "\(configuration)/uidai/\(environment.rawValue).cer"
        guard uidai != nil || exists(path) || exists(shared) else {
            throw IdentityError(
                "uidai-certificate-missing", "the UIDAI certificate for \(environment.rawValue) is missing",
                nextStep: "give it with --uidai, or put it into \(shared)")
        }
        let used = if let uidai { uidai } else { try readCertificate(exists(path) ? path : shared) }
        // Sizes, validity, and that all of it belongs together.
        _ = try DeviceKeys(
            identity: identity, environment: environment, privateKey: key.key, certificate: certificate, uidai: used,
            at: time)
    }

    private static func certificate(_ bytes: [UInt8], _ name: String) throws(IdentityError) -> Certificate {
        do { return try Certificate(pemOrDER: bytes) } catch {
            throw IdentityError(
                "certificate-invalid", "\(name) is no X.509 certificate in PEM or DER",
                nextStep: "give the file as the device provider sent it")
        }
    }

    /// Checks whose key the certificate vouches for.
    private static func check(
        _ certificate: Certificate, for key: DeviceKey, _ place: IdentityPlace, _ environment: Environment
    ) throws(IdentityError) {
        if certificate.matches(key.key) { return }
        for other in Environment.allCases where other != environment {
            for folder in [place.request(other), place.pair(other)] {
                guard let key = try? readKey("\(folder)/device.key"), certificate.matches(key) else { continue }
                throw IdentityError(
                    "environment-mismatch",
                    "the device certificate mc is for environment \(other.rawValue), not \(environment.rawValue)",
                    nextStep: "install it with --env \(other.rawValue)")
            }
        }
        if let current = try? readKey("\(place.pair(environment))/device.key"), certificate.matches(current) {
            throw IdentityError(
                "certificate-of-old-key", "the device certificate mc is for the key in use, not for the new one",
                nextStep: "ask the device provider for a certificate of \(place.request(environment))/request.csr")
        }
        throw IdentityError(
            "key-mismatch", "the device certificate mc is not for the key of this request",
            nextStep: "ask the device provider for a certificate of \(place.request(environment))/request.csr")
    }

    private static func checkChain(
        _ certificate: Certificate, _ configuration: String, at time: Int64
    ) throws(IdentityError) {
        let path = "\(configuration)/provider.pem"
        guard exists(path) else { return }
        try checkPlace(path)
        let authorities: [Certificate]
        do throws(FileError) {
            let bytes = try readFile(path, limit: Limits.authoritiesFile)
            guard let read = try? Certificate.all(pemOrDER: bytes) else {
                throw FileError(
                    code: "certificate-invalid", cause: "\(path) holds no X.509 certificates",
                    nextStep: "put the device provider's certificates there in PEM, or remove it")
            }
            authorities = read
        } catch { throw IdentityError(error) }
        // An expired mc is told as such, by DeviceKeys.
        let moment = min(max(time, certificate.notBefore), certificate.notAfter)
        do { try certificate.verify(roots: authorities, at: moment) } catch {
            throw IdentityError(
                "chain-invalid", "the device certificate mc does not lead up to \(path): \(error.cause)",
                nextStep: "check that mc comes from this device provider and that \(path) holds its certificates")
        }
    }

    /// UIDAI has a certificate for each environment, so one that is in use for another is a mistake.
    private static func checkEnvironment(
        _ uidai: Certificate, _ place: IdentityPlace, _ environment: Environment
    ) throws(IdentityError) {
        for other in Environment.allCases where other != environment {
            let path = "\(place.pair(other))/uidai.cer"
            guard exists(path), let known = try? readCertificate(path), known.der == uidai.der else { continue }
            throw IdentityError(
                "environment-mismatch",
                "UIDAI's certificate is the one of environment \(other.rawValue), not \(environment.rawValue)",
                nextStep: "give UIDAI's certificate for \(environment.rawValue)")
        }
    }
}
