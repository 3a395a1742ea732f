// The finger of libfprint's virtual_image device: a client of its socket (spec/fingerprint.md section 1).
import Glibc
import Platform
import TestSupport

/// One connection to the virtual device; what is sent is what the sensor sees.
final class VirtualSocket {
    /// Where libfprint listens; set in the environment before its first use in this process, and once only.
    static let path: String = {
        let path = folder.file("finger.sock")
        _ = unsafe setenv("FP_VIRTUAL_IMAGE", path, 1)
        return path
    }()
    private static let folder: TemporaryFolder = {
        do { return try TemporaryFolder() } catch { preconditionFailure("\(error)") }
    }()

    private let descriptor: Descriptor

    /// Connects; the device listens from the end of its opening on.
    init() throws {
        descriptor = try Descriptor(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), from: "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(Self.path.utf8)
        precondition(path.count < MemoryLayout.size(ofValue: address.sun_path))
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw SystemError("connect", on: Self.path) }
    }

    private func send(_ first: Int32, _ second: Int32) throws {
        unsafe try withUnsafeBytes(of: (first, second)) { unsafe try writeAll(descriptor.raw, $0) }
    }

    func send(_ picture: TestPicture) throws {
        try send(Int32(picture.width), Int32(picture.height))
        unsafe try picture.pixels.withUnsafeBytes { unsafe try writeAll(descriptor.raw, $0) }
    }

    func retry(_ code: Int32) throws { try send(-1, code) }
    func error(_ code: Int32) throws { try send(-2, code) }
    /// Whether the finger comes and goes by itself around each picture, as it does after connecting.
    func automaticFinger(_ on: Bool) throws { try send(-3, on ? 1 : 0) }
    func finger(_ on: Bool) throws { try send(-4, on ? 1 : 0) }
    func unplug() throws { try send(-5, 0) }
}
