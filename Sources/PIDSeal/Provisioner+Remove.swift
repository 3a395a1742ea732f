// Giving up an identity: the provider is told, the keys are wiped.
import Crypto
import Platform
package import RDProtocol

extension Provisioner {
    /// Wipes the keys of an identity, of one environment or of all.
    ///
    /// The identity itself goes with its last environment. Keys in tokens are forgotten, not deleted.
    ///
    /// - Parameters:
    ///   - serial: of the identity.
    ///   - environment: nil for all.
    ///   - offline: whether the provider is not told, because it knows or is not to be had.
    /// - Returns: the environments whose keys were wiped.
    /// - Throws: `IdentityError`; `not-registered` when there is nothing to remove.
    package func remove(
        serial: String, environment: Environment?, offline: Bool
    ) throws(IdentityError) -> [Environment] {
        let place = IdentityPlace(state: state, serial: serial)
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        let there = Environment.allCases.filter { exists(place.pair($0)) || exists(place.request($0)) }
        let wanted = there.filter { environment == nil || $0 == environment }
        guard !wanted.isEmpty || (environment == nil && exists(place.path)) else {
            throw IdentityError(
                "not-registered", "there is no identity to remove",
                nextStep: "see what there is with: pidd provision status")
        }
        // One that is damaged can be removed, but nobody can be told of it.
        if !offline, let provider, let identity = try? place.identity(), !identity.isTest {
            for environment in wanted where exists(place.pair(environment)) {
                var request = ProviderRequest(
                    operation: .deregister, environment: environment, serial: place.serial,
                    registration: Registration(of: identity), idHash: identity.idHash, dc: identity.dc)
                if let current = try? readCertificate("\(place.pair(environment))/mc.cer") {
                    request.certificate = current.der
                }
                try provider.deregister(request)
            }
        }
        if wanted == there {
            try moveAside(place.path, to: place.nextIdentity)
            try wipeIdentity(place.nextIdentity)
        } else {
            for environment in wanted {
                try place.discardRequest(environment)
                if exists(place.pair(environment)) {
                    try moveAside(place.pair(environment), to: place.nextPair(environment))
                    try wipeFolder(place.nextPair(environment))
                }
            }
        }
        return wanted
    }
}
