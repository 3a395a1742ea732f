// The record of consent: who agreed when and to what, without anything that identifies more than it must.
import EkoAPI
import Glibc
import Platform

/// A file to which one line is added for each consent, mode 0600.
struct AuditLog: Sendable {
    let path: String

    /// Adds a line with the time, the purpose and the masked number.
    ///
    /// - Parameters:
    ///   - operation: name of what the number is sent for.
    ///   - purpose: what the person was told.
    ///   - aadhaar: masked.
    ///   - customer: a mobile number, which is masked here.
    ///   - requestID: links the line to others.
    /// - Throws: `Failure` when the line cannot be written: without it nothing is sent.
    func record(
        operation: String, purpose: String, aadhaar: String, customer: String?, requestID: String?
    ) throws(Failure) {
        var line: [String: JSONValue] = [
            "time": .text(CivilTime(secondsSinceEpoch: wallClockSeconds()).iso + "Z"), "consent": .bool(true),
            "operation": .text(operation), "purpose": .text(shown(purpose)), "aadhaar": .text(aadhaar),
            "user": .integer(Int(getuid())),
        ]
        line["customer"] = customer.map { .text("******" + $0.suffix(4)) }
        line["requestId"] = requestID.map { .text($0) }
        let bytes = Array((JSONValue.object(line).json + "\n").utf8)
        do {
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let file = try Descriptor(unsafe open(path, flags, 0o600), from: "open", on: path)
            // One write of less than a page: lines of two programs never mix.
            unsafe try bytes.withUnsafeBytes { unsafe try writeAll(file.raw, $0) }
            guard fsync(file.raw) == 0 || errno == EINVAL else { throw SystemError("fsync", on: path) }
        } catch {
            throw Failure(
                .cannotWrite, "audit-unwritable", "the consent cannot be recorded: \(error)",
                nextStep: "name a file with --audit-file or [eko] audit-file")
        }
    }
}
