// How far a flow has come, kept between two runs: no PID, no Aadhaar number, no OTP, no PAN.
import EkoAPI
import Glibc
import Platform

/// What a later run needs to go on with a flow.
struct FlowState: Equatable {
    /// Which flow, such as `fino`.
    let flow: String
    let profile: APIProfile
    /// Whom it is about: a mobile number, or an agent's code.
    let person: String
    /// The operation that comes next; nil when nothing does.
    var next: String?
    /// Eko's references, by field name.
    var references: [String: String] = [:]
    /// A step of which nobody knows whether Eko took it.
    var unresolved: Unresolved?

    /// A step whose answer did not come.
    struct Unresolved: Equatable {
        /// The name of the operation.
        let operation: String
        /// Our own reference of the call, by which Eko can be asked; nil when none was sent.
        let reference: String?
    }

    init(flow: String, profile: APIProfile, person: String, next: String) {
        self.flow = flow
        self.profile = profile
        self.person = person
        self.next = next
    }

    /// Reads a state; nil when there is none.
    ///
    /// - Throws: `Failure` when the file is open to others or is no state.
    init?(path: String) throws(Failure) {
        guard unsafe access(path, F_OK) == 0 else { return nil }
        do throws(FileError) {
            let file = try openForReading(path, limit: Limits.state, privacy: .secret)
            var bytes = [UInt8](repeating: 0, count: file.size)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe readFully(file.descriptor.raw, into: $0) }
            guard count == bytes.count, let members = JSONValue(parsing: bytes)?.object,
                let flow = members["flow"]?.text, let person = members["person"]?.text,
                let profile = members["api"]?.text.flatMap(APIProfile.init(rawValue:)), let next = members["next"]?.text
            else {
                throw FileError(
                    code: "state-invalid", cause: "\(path) is no state of a flow",
                    nextStep: "remove it to begin anew, or name another file with --state")
            }
            self.init(flow: flow, profile: profile, person: person, next: next)
            references = (members["references"]?.object ?? [:]).compactMapValues(\.text)
            if let unresolved = members["unresolved"]?.object, let operation = unresolved["operation"]?.text {
                self.unresolved = Unresolved(operation: operation, reference: unresolved["client_ref_id"]?.text)
            }
        } catch {
            throw Failure(.configuration, error)
        }
    }

    /// Goes to a step that brings references anew; those of before are of no use then.
    mutating func begin(at step: String) {
        next = step
        references = [:]
    }

    /// Takes over what an outcome says: the references of later steps, and which step is next.
    mutating func advance(by outcome: Outcome) {
        for name in References.names {
            if let text = outcome.envelope?.data[name]?.text, !text.isEmpty { references[name] = text }
        }
        next = outcome.then
    }

    /// Writes the state, mode 0600; removes the file when nothing is left to do.
    ///
    /// - Throws: `Failure` when that is not possible.
    func save(to path: String) throws(Failure) {
        guard let next else {
            unsafe unlink(path)
            return
        }
        var members: [String: JSONValue] = [
            "flow": .text(flow), "api": .text(profile.rawValue), "person": .text(person), "next": .text(next),
            "references": .object(references.mapValues { .text($0) }),
        ]
        if let unresolved {
            var step: [String: JSONValue] = ["operation": .text(unresolved.operation)]
            step["client_ref_id"] = unresolved.reference.map { .text($0) }
            members["unresolved"] = .object(step)
        }
        let bytes = Array((JSONValue.object(members).json + "\n").utf8)
        do throws(FileError) {
            unsafe try bytes.span.withUnsafeBytes { (bytes) throws(FileError) in
                unsafe try writeFileAtomically(path, bytes, mode: 0o600)
            }
        } catch {
            throw Failure(.cannotWrite, error)
        }
    }
}
