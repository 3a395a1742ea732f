// A freshly provisioned test device, a record to seal, and small helpers.
import Biometrics
import FoundationEssentials
@testable import PIDSeal
import RDProtocol
import Secrets
import TestSupport

/// 2024-01-15T10:20:30 in India, the time of the vectors of spec/rd-service.md 2.6.
let vectorTime: Int64 = 1_705_294_230

/// The folders of a test identity that goes away with the test.
struct Provisioned {
    let folder: TemporaryFolder
    let identity: DeviceIdentity

    var state: String { folder.file("state") }
    var configuration: String { folder.file("etc") }
    var standIn: String { folder.file("stand-in") }
    var store: KeyStore { KeyStore(state: state, configuration: configuration) }
    var provider: TestProvider { TestProvider(state: state, standIn: standIn) }

    init() throws {
        let template = try template.get()
        folder = try TemporaryFolder()
        identity = template.identity
        for file in template.files {
            let path = folder.file(file.name)
            try FileManager.default.createDirectory(
                atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            _ = try folder.write(file.name, file.content, mode: file.mode)
        }
    }

    func keys(_ environment: Environment = .production, at time: Int64 = vectorTime) throws -> DeviceKeys {
        try store.keys(scanner: "SN0001", environment: environment, at: time)
    }

    /// A file of the identity folder.
    func path(_ name: String) -> String { "\(state)/identity/SN0001/\(name)" }
}

/// What one provisioning of SN0001 wrote; each test gets a copy, since making RSA keys takes a second.
private let template = Result { () throws -> (identity: DeviceIdentity, files: [TemplateFile]) in
    let folder = try TemporaryFolder()
    let identity = try TestProvider(state: folder.file("state"), standIn: folder.file("stand-in"))
        .provision(serial: "SN0001", rdsVer: "0.1.0", force: false, at: vectorTime)
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    let files = try names.compactMap { name -> TemplateFile? in
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
        guard attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
        return TemplateFile(
            name: name, content: try Data(contentsOf: URL(fileURLWithPath: folder.file(name))),
            mode: UInt32(attributes[.posixPermissions] as? Int ?? 0))
    }
    return (identity, files)
}

private struct TemplateFile: Sendable {
    let name: String
    let content: Data
    let mode: UInt32
}

/// The bytes of a hexadecimal text.
func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0 }
}

/// A public copy of a secret, for comparisons.
func bytes(_ secret: SecretBytes) -> [UInt8] { (0..<secret.count).map { secret[$0] } }

/// A record with as many minutiae as wanted, in a picture of 256 by 360.
func minutiaeRecord(_ count: Int, _ position: FingerPosition = .unknown) throws -> BiometricRecord {
    let minutiae = Minutiae(
        copying: (0..<count).map {
            Minutia(x: UInt16($0), y: UInt16($0 * 2), angle: UInt8($0), kind: .ending, quality: 80)
        })
    let record = FingerMinutiaeRecord(
        width: 256, height: 360, position: position, impression: .livePlain, quality: 60, minutiae: minutiae)
    return BiometricRecord(kind: .minutiae, position: position, bytes: try record.encoded())
}
