// The answer to RDSERVICE: is a capture possible now, and where (spec/rd-service.md 3.3, spec/rd-clients.md section 0.5).

/// What RDSERVICE answers.
package struct RDServiceDocument: Sendable, Equatable {
    /// Whether a capture can start.
    package enum Status: String, Sendable {
        case ready = "READY"
        /// A capture runs.
        case used = "USED"
        /// No scanner, or no valid keys.
        case notReady = "NOTREADY"
    }

    package var status: Status
    /// Free text; clients search it for the name of a vendor.
    package var info: String

    package init(status: Status, info: String) { (self.status, self.info) = (status, info) }

    /// The document, shorter than 1000 bytes: status first, CAPTURE before DEVICEINFO, id before path, as clients take them.
    package func xml() -> [UInt8] {
        let writer = XMLWriter()
        writer.declaration()
        writer.start("RDService")
        writer.attribute("status", status.rawValue)
        writer.attribute("info", safeText(info, limit: Limits.serviceInfo))
        for (id, path) in [("CAPTURE", "/rd/capture"), ("DEVICEINFO", "/rd/info")] {
            writer.start("Interface")
            writer.attribute("id", id)
            writer.attribute("path", path)
            writer.end()
        }
        writer.end()
        return writer.finish()
    }
}
