// How the pairs of all identities stand: valid until when, awaiting what, or what is wrong.
import Crypto
package import RDProtocol

/// The pair of one identity for one environment.
package struct KeyStatus: Sendable {
    /// `any` for the identity that stands for every scanner.
    package let serial: String
    package let environment: Environment
    /// Nil when the identity is damaged or not registered yet.
    package let identity: DeviceIdentity?
    /// Nil where there is no pair that can be read.
    package let home: KeyHome?
    /// The ends of both certificates in seconds since the Unix epoch, nil where they cannot be read.
    package let deviceUntil, uidaiUntil: Int64?
    /// The file of a request that waits for its certificate.
    package let request: String?
    /// Why no capture is possible; nil when one is.
    package let error: IdentityError?

    /// When captures stop to be possible.
    package var until: Int64? {
        guard let deviceUntil, let uidaiUntil else { return nil }
        return min(deviceUntil, uidaiUntil)
    }
}

extension KeyStore {
    /// Looks at everything below the state folder.
    ///
    /// - Parameters:
    ///   - serial: only this scanner's; nil for all.
    ///   - time: seconds since the Unix epoch.
    /// - Returns: one for each pair and each request.
    package func status(of serial: String? = nil, at time: Int64) -> [KeyStatus] {
        let places = IdentityPlace.all(state: state).filter {
            serial == nil || $0.name == Self.folderName(serial ?? "")
        }
        return places.flatMap { place in
            Environment.allCases.compactMap { status(of: place, $0, at: time) }
        }
    }

    private func status(of place: IdentityPlace, _ environment: Environment, at time: Int64) -> KeyStatus? {
        let request = exists(place.request(environment)) ? "\(place.request(environment))/request.csr" : nil
        guard exists(place.pair(environment)) || request != nil else { return nil }
        var problem: IdentityError?
        do { _ = try keys(scanner: place.serial, environment: environment, at: time) } catch { problem = error }
        let pair = KeyFolder(environment: environment, path: place.pair(environment), configuration: configuration)
        return KeyStatus(
            serial: place.serial, environment: environment, identity: try? place.identity(),
            home: try? readDeviceKey(pair.keyFile).home, deviceUntil: try? pair.deviceCertificate().notAfter,
            uidaiUntil: try? pair.uidaiCertificate().notAfter, request: request, error: problem)
    }
}

/// When the certificates of one pair end, in seconds since the Unix epoch; nil for one that cannot be read.
package struct CertificateEnds: Sendable {
    package let environment: Environment
    package let device, uidai: Int64?

    package init(environment: Environment, device: Int64?, uidai: Int64?) {
        self.environment = environment
        self.device = device
        self.uidai = uidai
    }

    /// When captures stop to be possible; nil when they are not.
    package var first: Int64? {
        guard let device, let uidai else { return nil }
        return min(device, uidai)
    }
}

extension KeyStore {
    /// The ends for a scanner, by its own identity or that for any scanner; no key is opened.
    package func certificateEnds(scanner serial: String) -> [CertificateEnds] {
        KeyFolder.all(of: serial, state: state, configuration: configuration).map {
            CertificateEnds(
                environment: $0.environment, device: try? $0.deviceCertificate().notAfter,
                uidai: try? $0.uidaiCertificate().notAfter)
        }
    }
}
