// Why a socket cannot be listened on.
import Glibc
import Platform

/// A socket that cannot be made or taken over; the text says what to do.
package struct ListenError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    static func pathTooLong(_ path: String, limit: Int) -> Self {
        Self(
            code: "socket-path-too-long",
            cause: "the socket path \(path) has \(path.utf8.count) bytes, the kernel takes at most \(limit)",
            nextStep: "choose a shorter path")
    }

    static func folderMissing(_ folder: String) -> Self {
        Self(
            code: "socket-folder-missing", cause: "the folder \(folder) of the socket does not exist",
            nextStep: "run: mkdir -p \(folder)")
    }

    static let emptyPath = Self(
        code: "socket-path-empty", cause: "the path of the socket is empty",
        nextStep: "give one, such as /run/pidd/pidd.sock")

    static func lockBusy(_ path: String) -> Self {
        Self(
            code: "socket-lock-busy", cause: "another process keeps \(path) locked",
            nextStep: "see who does with: fuser -v \(path)")
    }

    static func foreignLock(_ path: String) -> Self {
        Self(
            code: "socket-lock-foreign", cause: "\(path) is not a file of this user",
            nextStep: "if no daemon runs there, remove it with: rm \(path)")
    }

    static func notASocket(_ path: String) -> Self {
        Self(
            code: "socket-path-taken", cause: "\(path) exists and is not a socket",
            nextStep: "move it away or choose another path")
    }

    static func alreadyServed(_ path: String) -> Self {
        Self(
            code: "socket-in-use", cause: "another daemon already answers at \(path)",
            nextStep: "stop it or choose another path; see who it is with: fuser -v \(path)")
    }

    static func unknownGroup(_ group: String) -> Self {
        Self(
            code: "socket-group-unknown", cause: "there is no group \(group) to give the socket to",
            nextStep: "run: groupadd --system \(group)")
    }

    static func groupRefused(_ group: String, _ path: String) -> Self {
        Self(
            code: "socket-group-refused", cause: "\(path) may not be given to the group \(group)",
            nextStep: "run the daemon as a member of that group")
    }

    static func notInherited(_ descriptor: Int32) -> Self {
        Self(
            code: "socket-not-inherited", cause: "descriptor \(descriptor) is not a listening Unix stream socket",
            nextStep: "check the ListenStream= lines of the socket unit")
    }

    static func notLoopback(_ descriptor: Int32) -> Self {
        Self(
            code: "socket-not-loopback",
            cause: "descriptor \(descriptor) is not a TCP socket that listens on 127.0.0.1 or ::1",
            nextStep: "write ListenStream=127.0.0.1:PORT in the socket unit; other machines are never served")
    }

    static let noSuchFamily = Self(
        code: "socket-no-such-family", cause: "this machine has no such loopback address",
        nextStep: "check the network interface lo with: ip address show lo")

    static func portsTaken(_ ports: ClosedRange<UInt16>) -> Self {
        Self(
            code: "socket-ports-taken",
            cause: "no port from \(ports.lowerBound) to \(ports.upperBound) is free on 127.0.0.1 and ::1",
            nextStep: "see who has them with: pidd doctor")
    }

    static func system(_ error: SystemError) -> Self {
        Self(
            code: "socket-error", cause: error.description,
            nextStep: error.code == EACCES ? "check who may write to the folder of the socket" : "")
    }
}
