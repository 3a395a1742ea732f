// What the scanner of this machine is registered as: keys, and the DeviceInfo that goes into documents.
import Crypto
import PIDSeal
import Platform
import RDProtocol
import Scanner

/// Finds keys and describes devices.
struct RegisteredDevices: Sendable {
    private let store: KeyStore
    private let system = systemID()

    init(_ store: KeyStore) { self.store = store }

    /// What stands for the scanner in folders and documents: its serial number, or its place on the bus when it has none.
    static func serial(of info: ScannerInfo) -> String { info.serial?.text ?? info.id }

    /// The keys of a scanner that are valid now.
    func keys(of info: ScannerInfo, environment: Environment) throws(IdentityError) -> DeviceKeys {
        let keys = try store.keys(
            scanner: Self.serial(of: info), environment: environment, at: wallClockSeconds())
        try keys.identity.check(model: info.usb?.vendorProduct, statesSerial: info.serial?.isWhole == true)
        return keys
    }

    /// When the certificates of a scanner end, by its files alone: no key is opened.
    func certificates(serial: String) -> [CertificateEnds] { store.certificateEnds(scanner: serial) }

    /// The DeviceInfo of a scanner, with empty values where it is not registered.
    func describe(_ keys: DeviceKeys?, serial: String) -> DeviceInfo {
        let time = CivilTime(secondsSinceEpoch: wallClockSeconds(), offset: CivilTime.indiaOffset)
        let parameters = DeviceInfo.parameters(serial: serial, system: system, timestamp: "\(time.iso)+05:30")
        return keys.map { $0.identity.info(mc: $0.mc, parameters: parameters) } ?? DeviceInfo(parameters: parameters)
    }
}

/// An identifier of this machine that tells nothing of it: a hash of the machine id.
private func systemID() -> String {
    let id = (try? readFile("/etc/machine-id", limit: 4096)) ?? []
    return String(upperHex(sha256(Array("pidd sysid ".utf8) + id)).prefix(16))
}
