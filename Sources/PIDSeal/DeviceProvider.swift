// Who makes device certificates: the seam between provisioning and a device provider's server.
package import RDProtocol

/// What a device provider is asked to certify.
package struct ProviderRequest: Sendable {
    package enum Operation: String, Sendable {
        /// A device that the provider does not know, or not in this environment.
        case register
        /// A new key of a device that it knows; dc stays.
        case renew
        /// A device that is given up.
        case deregister
        /// A new key in a token, which only the provider's software can make there.
        case newKey = "new-key"
    }

    package let operation: Operation
    package let environment: Environment
    package let serial: String
    package let registration: Registration
    /// Nil where it hashes the dc that is asked for.
    package let idHash: String?
    /// Nil in the first registration.
    package let dc: String?
    /// PKCS#10, empty where no certificate is asked for.
    package var csr: [UInt8] = []
    /// SubjectPublicKeyInfo of the key to be certified.
    package var publicKey: [UInt8] = []
    /// The certificate in use, DER.
    package var certificate: [UInt8] = []
    /// RSASSA-PKCS1-v1_5 with SHA-256 over `csr` by the key in use, which shows that the old device asks for the new key.
    package var signature: [UInt8] = []
}

/// What a device provider answers; nothing in it is believed before it is checked.
package struct ProviderAnswer: Sendable {
    package let dc: String
    /// PEM or DER.
    package let mc: [UInt8]
    /// PEM or DER; nil keeps the one in use.
    package let uidai: [UInt8]?

    package init(dc: String, mc: [UInt8], uidai: [UInt8]?) {
        self.dc = dc
        self.mc = mc
        self.uidai = uidai
    }
}

/// A device provider, however it is reached.
package protocol DeviceProvider: Sendable {
    /// Registers or renews.
    func certify(_ request: ProviderRequest) throws(IdentityError) -> ProviderAnswer
    /// Tells that a device is given up.
    func deregister(_ request: ProviderRequest) throws(IdentityError)
    /// The URI of a new key in the token that holds the present one.
    func newKey(_ request: ProviderRequest) throws(IdentityError) -> String
}
