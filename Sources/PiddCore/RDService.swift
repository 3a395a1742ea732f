// What the RD service says of itself: RDSERVICE and DEVICEINFO.
import PIDSeal
import RDProtocol
import Scanner

/// Describes the scanner of this machine to RD clients.
struct RDService: Sendable {
    /// What this service captures: fingers, as minutiae and as pictures.
    static let capabilities = Capabilities(
        fingerTypes: [.minutiae, .image, .both], maximumFingers: 10, hasProtobuf: true)

    let scanner: ScannerHost
    let devices: RegisteredDevices

    /// Whether a capture could start when the scanner is in this state.
    static func discovery(_ state: ScannerState) -> RDServiceDocument {
        let status: RDServiceDocument.Status =
            switch state {
            case .ready: .ready
            case .capturing: .used
            case .absent, .starting, .cooling, .failed: .notReady
            }
        let name = state.info.map { $0.maker.isEmpty ? $0.model : "\($0.maker) \($0.model)" }
        let reason: String? =
            switch state {
            case .ready, .capturing: nil
            case .absent: "no scanner is attached"
            case .starting: "the scanner is starting"
            case .cooling: "the scanner is too hot"
            case .failed(_, let reason): reason
            }
        return RDServiceDocument(
            status: status,
            info: [name, "pidd"].compactMap(\.self).joined(separator: " - ") + (reason.map { ": \($0)" } ?? ""))
    }

    /// The registered device, with empty values where there is none.
    @concurrent func deviceInfo() async -> DeviceInfo {
        guard let info = scanner.state.info else { return devices.describe(nil, serial: "") }
        let serial = RegisteredDevices.serial(of: info)
        return devices.describe(try? devices.keys(of: info, environment: .production), serial: serial)
    }
}
