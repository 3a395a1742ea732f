// A finger for libfprint's virtual image device, which has a socket where others have glass.
package import Biometrics
import Glibc
import Platform
import Secrets

/// Why the virtual device could not be reached.
package struct FeedError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String
}

/// The client's end of the socket that `FP_VIRTUAL_IMAGE` names (spec/fingerprint.md section 1).
///
/// The driver listens while its device is open, has one client at a time and drops the old one when another connects. A
/// message is two 32-bit numbers in the machine's order: width and height, followed by the picture, or a negative command
/// and its argument. Each call returns when the driver has taken the message. The driver also reads between two captures,
/// but what comes then is lost: show a finger when the scanner asks for one.
package struct VirtualFinger: ~Copyable, Sendable {
    /// What the driver asks of the person; the numbers are libfprint's `FpDeviceRetry`.
    package enum Retry: Int32, CaseIterable, Sendable {
        case general = 0
        case tooShort = 1
        case centerFinger = 2
        case removeFinger = 3
    }

    private enum Command: Int32 {
        case retry = -1
        case error = -2
        case automaticFinger = -3
        case finger = -4
        case unplug = -5
    }

    private let socket: Descriptor
    private let path: String

    /// Connects, waiting for the device to listen.
    ///
    /// - Throws: `FeedError` when nothing listens within `patience`, or the path cannot be a socket's.
    package init(socketPath path: String, patience: Duration = Limits.listening) async throws {
        guard !path.isEmpty, path.utf8.count <= Limits.socketPath, !path.utf8.contains(0) else {
            throw FeedError(
                code: "socket-path", cause: "'\(path)' cannot be the path of a socket",
                nextStep: "give the path that FP_VIRTUAL_IMAGE holds, at most \(Limits.socketPath) bytes")
        }
        let deadline = SuspendingClock.now + patience
        var number = try connectedSocket(path)
        while number == nil {
            guard SuspendingClock.now < deadline else {
                throw FeedError(
                    code: "scanner-absent", cause: "no virtual scanner listens on \(path)",
                    nextStep: "start the scanner program with FP_VIRTUAL_IMAGE=\(path) and let it open the device")
            }
            try await Task.sleep(for: Limits.pause, clock: .suspending)
            number = try connectedSocket(path)
        }
        socket = try Descriptor(number ?? -1, from: "connect", on: path)
        self.path = path
    }

    /// Shows a picture; unless `setAutomatic(false)` was said, a finger comes before it and goes after it.
    package func show(_ picture: FingerImage) async throws {
        precondition(max(picture.width, picture.height) <= Limits.pictureSide, "larger than the driver takes")
        try await send(Int32(picture.width), Int32(picture.height), picture.pixels)
    }

    /// Lets the driver ask for another try, which ends the running capture.
    package func retry(_ reason: Retry) async throws { try await send(.retry, reason.rawValue) }

    /// Lets the running capture fail with a number of libfprint's `FpDeviceError`.
    package func fail(_ code: Int32) async throws { try await send(.error, code) }

    /// Whether pictures bring their own finger; on after each connect.
    package func setAutomatic(_ on: Bool) async throws { try await send(.automaticFinger, on ? 1 : 0) }

    /// Puts a finger on the glass without a picture yet, or lifts it.
    package func setPresent(_ present: Bool) async throws { try await send(.finger, present ? 1 : 0) }

    /// Unplugs the device, for good.
    package func unplug() async throws { try await send(.unplug, 0) }

    private func send(_ command: Command, _ argument: Int32) async throws {
        try await send(command.rawValue, argument, SecretBytes(copying: []))
    }

    /// Sends a message as the driver makes room, and waits until it has read the last byte.
    private func send(_ first: Int32, _ second: Int32, _ picture: SecretBytes) async throws {
        var header = (first, second)
        let numbers = SecretBytes(copying: unsafe withUnsafeBytes(of: &header) { unsafe Array($0) })
        let message = SecretBytes.concatenating([numbers, picture])
        let deadline = SuspendingClock.now + Limits.reading
        var sent = 0
        while try sent < message.count || unread() > 0 {
            guard SuspendingClock.now < deadline else {
                throw FeedError(
                    code: "scanner-stuck", cause: "the virtual scanner on \(path) does not read",
                    nextStep: "see whether the scanner program hangs")
            }
            let written = unsafe message.withUnsafeBuffer { bytes in
                let rest = unsafe UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[sent...]))
                return unsafe Glibc.send(
                    socket.raw, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            sent += max(written, 0)
            if written < 0, errno != EAGAIN, errno != EINTR {
                throw FeedError(
                    code: "scanner-gone", cause: "the virtual scanner hung up: \(SystemError("send", on: path))",
                    nextStep: "see whether the scanner program still runs and no other client connected")
            }
            try await Task.sleep(for: Limits.pause, clock: .suspending)
        }
    }

    /// Bytes that were sent and that the driver has not read.
    private func unread() throws(SystemError) -> Int32 {
        var count: Int32 = 0
        guard unsafe ioctl(socket.raw, UInt(TIOCOUTQ), &count) == 0 else { throw SystemError("ioctl", on: path) }
        return count
    }
}

/// A connected socket, or nil when nothing listens yet.
private func connectedSocket(_ path: String) throws(SystemError) -> Int32? {
    let socket = try Descriptor(
        Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), from: "socket")
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let status = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    if status == 0 { return socket.release() }
    let error = SystemError("connect", on: path)
    guard [ENOENT, ECONNREFUSED, EAGAIN, EINTR].contains(error.code) else { throw error }
    return nil
}
