// Counters and gauges as OpenMetrics text, for monitoring.
import PIDSeal
import RDProtocol
import Scanner
import Sharing

/// Writes the text of `GET /v1/metrics` (OpenMetrics 1.0).
struct Metrics {
    private var text = ""

    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// - Parameters:
    ///   - desk: at this moment.
    ///   - scanner: at this moment.
    ///   - captures: how many requests ended with each outcome.
    ///   - readers: how many listen to events.
    ///   - uptime: since the daemon started.
    ///   - certificates: of the attached scanner.
    /// - Returns: the whole text with its end mark.
    static func text(
        desk: DeskOverview, scanner: ScannerState, captures: [String: UInt64], readers: Int, uptime: Duration,
        certificates: [CertificateEnds] = []
    ) -> String {
        var metrics = Metrics()
        metrics.family("pidd_build", "info", "The program.")
        metrics.text += "pidd_build_info{version=\"\(piddVersion)\"} 1\n"
        metrics.family("pidd_uptime_seconds", "gauge", "Time since the start.", unit: "seconds")
        metrics.text += "pidd_uptime_seconds \(Double(milliseconds(uptime)) / 1000)\n"
        metrics.family(
            "pidd_scanner_state", "stateset", "What the scanner is doing that captures go to when they name none.")
        for word in ScannerState.words {
            metrics.text += "pidd_scanner_state{pidd_scanner_state=\"\(word)\"} \(word == scanner.word ? 1 : 0)\n"
        }
        metrics.family("pidd_requests", "counter", "Requests that came to the desk.")
        metrics.text += "pidd_requests_total \(desk.counters.asked)\n"
        metrics.family("pidd_leases", "counter", "Requests that were given the scanner.")
        metrics.text += "pidd_leases_total \(desk.counters.granted)\n"
        metrics.counters("pidd_desk_ends", "Requests that ended at the desk, by outcome.", desk.counters.endedByName)
        metrics.counters("pidd_captures", "Requests for a capture that were answered, by outcome.", captures)
        metrics.family("pidd_lifts_missed", "counter", "Fingers that were not seen to leave the sensor in time.")
        metrics.text += "pidd_lifts_missed_total \(desk.counters.liftsMissed)\n"
        metrics.family("pidd_stuck", "counter", "Captures that did not stop when they were told to.")
        metrics.text += "pidd_stuck_total \(desk.counters.stuck)\n"
        metrics.family("pidd_waiting", "gauge", "Requests in line.")
        metrics.text += "pidd_waiting \(desk.lanes.reduce(0) { $0 + $1.desk.waiting.count })\n"
        metrics.family("pidd_event_readers", "gauge", "Clients that listen to events.")
        metrics.text += "pidd_event_readers \(readers)\n"
        metrics.certificates(certificates)
        return metrics.text + "# EOF\n"
    }

    private mutating func certificates(_ all: [CertificateEnds]) {
        let name = "pidd_certificate_not_after_timestamp_seconds"
        family(name, "gauge", "When a certificate of the attached scanner ends.", unit: "seconds")
        for ends in all {
            for (certificate, end) in [("mc", ends.device), ("uidai", ends.uidai)] {
                guard let end else { continue }
                text += "\(name){environment=\"\(ends.environment.rawValue)\",certificate=\"\(certificate)\"} \(end)\n"
            }
        }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, unit: String? = nil) {
        text += "# TYPE \(name) \(type)\n"
        if let unit { text += "# UNIT \(name) \(unit)\n" }
        text += "# HELP \(name) \(help)\n"
    }

    /// Outcomes are codes of this program: letters, digits and hyphens, so nothing needs quoting.
    private mutating func counters(_ name: String, _ help: String, _ counts: [String: UInt64]) {
        family(name, "counter", help)
        for (outcome, count) in counts.sorted(by: { $0.key < $1.key }) {
            text += "\(name)_total{outcome=\"\(outcome)\"} \(count)\n"
        }
    }
}
