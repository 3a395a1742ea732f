// Which registered device answers: the DeviceInfo element (spec/rd-service.md 3.4).

/// Identity of a registered device and what it says about itself.
package struct DeviceInfo: Sendable, Equatable {
    /// One Param of additional_info.
    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// Device provider id.
    package var dpId: String
    /// Registered RD service id.
    package var rdsId: String
    package var rdsVer: String
    /// Device code: a lower-case UUID.
    package var dc: String
    /// Model id.
    package var mi: String
    /// The device certificate as base64 of its DER, on one line; empty in failures.
    package var mc: String
    package var parameters: [Parameter]

    package init(
        dpId: String = "", rdsId: String = "", rdsVer: String = "", dc: String = "", mi: String = "", mc: String = "",
        parameters: [Parameter] = []
    ) {
        self.dpId = dpId
        self.rdsId = rdsId
        self.rdsVer = rdsVer
        self.dc = dc
        self.mi = mi
        self.mc = mc
        self.parameters = parameters
    }

    /// The Params in the order that clients rely on: the first is the serial number, and there are at least two.
    ///
    /// - Parameters:
    ///   - serial: of the scanner.
    ///   - system: an identifier of the machine (`sysid`).
    ///   - timestamp: when the document is made, `YYYY-MM-DDThh:mm:ss+05:30`.
    /// - Returns: srno, sysid, ts, modality_type and device_type.
    package static func parameters(serial: String, system: String, timestamp: String) -> [Parameter] {
        [
            Parameter("srno", serial), Parameter("sysid", system), Parameter("ts", timestamp),
            Parameter("modality_type", "Finger"), Parameter("device_type", "L0"),
        ]
    }

    /// The DeviceInfo document that DEVICEINFO answers.
    package func xml() -> [UInt8] {
        let writer = XMLWriter()
        write(to: writer)
        return writer.finish()
    }

    func write(to writer: borrowing XMLWriter) {
        writer.start("DeviceInfo")
        writer.attribute("dpId", dpId)
        writer.attribute("rdsId", rdsId)
        writer.attribute("rdsVer", rdsVer)
        writer.attribute("dc", dc)
        writer.attribute("mi", mi)
        writer.attribute("mc", mc)
        if !parameters.isEmpty {
            writer.start("additional_info")
            for parameter in parameters {
                writer.start("Param")
                writer.attribute("name", parameter.name)
                writer.attribute("value", parameter.value)
                writer.end()
            }
            writer.end()
        }
        writer.end()
    }
}
