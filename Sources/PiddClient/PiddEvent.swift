// What pidd tells of its scanner and its desk, as far as this client understands it.
import FoundationEssentials

/// A program that waits for the scanner or has it.
package struct Party: Decodable, Equatable, Sendable {
    package let uid: Int?
    /// The program's own name for itself: for display only, and not to be printed as it is.
    package let program: String?
    /// nil where this user may not see it.
    package let requestID: String?
    /// The place in line, 1 for the next; nil for the holder.
    package let position: Int?
    /// Milliseconds since the scanner was had; nil for those who wait.
    package let heldMilliseconds: Int?
    /// Milliseconds since the request came; nil for the holder.
    package let waitedMilliseconds: Int?
    /// Milliseconds until the lease or the patience ends.
    package let remainingMilliseconds: Int?

    enum CodingKeys: String, CodingKey {
        case uid, program, position
        case requestID = "request_id"
        case heldMilliseconds = "held_ms"
        case waitedMilliseconds = "waited_ms"
        case remainingMilliseconds = "remaining_ms"
    }
}

/// A scanner of this machine.
package struct ScannerDescription: Decodable, Equatable, Sendable {
    package let id: String
    package let maker: String
    package let model: String
    /// `unused`, `starting`, `ready`, `capturing`, `cooling`, `recovering`, `failed`, `unsupported`, or a later pidd's word.
    package let state: String
    /// Whether captures that name no scanner go to this one.
    package let isDefault: Bool?
    package let generation: Int
    /// Of one that is starting: which attempt, from 1.
    package let attempt: Int?
    /// Why it cannot be used, or could not be opened so far.
    package let reason: String?

    enum CodingKeys: String, CodingKey {
        case id, maker, model, state, generation, attempt, reason
        case isDefault = "default"
    }
}

/// What happens in front of the scanners.
package struct DeskDescription: Decodable, Equatable, Sendable {
    package struct Counters: Decodable, Equatable, Sendable {
        package let asked: Int
        package let granted: Int
        /// By outcome: `succeeded`, `failed`, or the code of the refusal.
        package let ended: [String: Int]
    }

    /// What happens in front of one scanner.
    package struct Lane: Decodable, Equatable, Sendable {
        /// The id of the scanner.
        package let device: String
        package let state: String
        package let holder: Party?
        package let waiting: [Party]
    }

    /// Of the default scanner: `free`, `leased`, `stopping`, `lifting`, or a later pidd's word.
    package let state: String
    package let closing: Bool
    /// Of the default scanner.
    package let holder: Party?
    /// For the default scanner, in the order of service.
    package let waiting: [Party]
    package let counters: Counters
    /// Each scanner's own; nil from a pidd that knows one scanner only.
    private let lanes: [Lane]?

    /// What happens in front of each scanner; in front of one without a name where pidd knows one only.
    package var allLanes: [Lane] {
        guard let lanes, !lanes.isEmpty else {
            return [Lane(device: "", state: state, holder: holder, waiting: waiting)]
        }
        return lanes
    }
}

/// pidd at one moment (`GET /v1/status`, docs/openapi.json).
package struct PiddStatus: Decodable, Equatable, Sendable {
    package let version: String
    package let uptimeMilliseconds: Int
    package let scanners: [ScannerDescription]
    package let desk: DeskDescription

    enum CodingKeys: String, CodingKey {
        case version, scanners, desk
        case uptimeMilliseconds = "uptime_ms"
    }

    /// Reads a document; nil when it is not one.
    ///
    /// Members that are not known are ignored.
    package init?(parsing bytes: [UInt8]) {
        guard let status = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = status
    }
}

/// One line of `GET /v1/events` (docs/openapi.json).
package struct PiddEvent: Decodable, Equatable, Sendable {
    /// `hello`, `device`, `queue`, `lease`, `put-finger`, ..., or a later pidd's word.
    package let event: String
    package let uid: Int?
    package let program: String?
    package let requestID: String?
    /// Of `hello`.
    package let desk: DeskDescription?
    package let scanners: [ScannerDescription]?
    /// Of `device` and `lease`.
    package let state: String?
    /// Of `queue`: all who wait, or the place of the request that was asked about.
    package let waiting: [Party]?
    package let position: Int?
    /// Of `put-finger` and `lift-finger`: which finger is meant, 1 for the first, of how many, and its name as in `posh`.
    package let index: Int?
    package let of: Int?
    package let finger: String?
    /// Of `put-finger`: how long the finger is waited for.
    package let timeoutMilliseconds: Int?
    /// Of `retry`.
    package let hint: String?
    /// Of `done`: `captured`, or the code of the problem.
    package let outcome: String?

    enum CodingKeys: String, CodingKey {
        case event, uid, program, desk, scanners, state, waiting, position, index, of, finger, hint, outcome
        case requestID = "request_id"
        case timeoutMilliseconds = "timeout_ms"
    }

    /// Reads a line; nil when it is no event.
    ///
    /// Members that are not known are ignored.
    package init?(parsing line: [UInt8]) {
        guard let event = try? JSONDecoder().decode(Self.self, from: Data(line)) else { return nil }
        self = event
    }
}
