// Tells the journal in time that certificates end.
import PIDSeal
import Platform
import RDProtocol
import Scanner

/// Looks at the certificates of the attached scanner now and then.
struct ExpiryNotes: Sendable {
    let devices: RegisteredDevices
    let scanner: ScannerHost
    let journal: Journal

    /// Looks at the certificates of a scanner when it comes, and from then on every hour; ends with the stream.
    ///
    /// - Parameter changes: tells that there may be another scanner.
    func run(_ changes: AsyncStream<Void>) async {
        var watch = ExpiryWatch()
        var seen = ""
        var next = SuspendingClock().now
        for await _ in changes {
            let serial = scanner.state.info.map(RegisteredDevices.serial(of:)) ?? ""
            if !serial.isEmpty, serial != seen || SuspendingClock().now >= next {
                for line in Self.warnings(
                    devices.certificates(serial: serial), of: serial, &watch, at: wallClockSeconds())
                {
                    journal.note(line.text, line.pairs)
                }
                next = SuspendingClock().now + Limits.expiryCheck
                seen = serial
            }
        }
    }

    /// The lines that are due.
    static func warnings(
        _ certificates: [CertificateEnds], of serial: String, _ watch: inout ExpiryWatch, at time: Int64
    ) -> [(text: String, pairs: [(key: String, value: String)])] {
        certificates.compactMap { ends in
            let environment = ends.environment.rawValue
            guard let end = ends.first,
                let warning = watch.warning(for: "\(serial) \(environment)", until: end, at: time)
            else { return nil }
            let which = end == ends.device ? "the device certificate mc" : "UIDAI's certificate"
            let date = "\(CivilTime(secondsSinceEpoch: end).iso) UTC"
            let step =
                end == ends.device
                ? "pidd provision rotate --env \(environment)"
                : "install UIDAI's current certificate for \(environment)"
            return (
                warning.days == 0
                    ? "\(which) expired on \(date): captures are refused with 740"
                    : "\(which) ends on \(date), in less than \(warning.days) day\(warning.days == 1 ? "" : "s")",
                [("environment", environment), ("next", step)]
            )
        }
    }
}
