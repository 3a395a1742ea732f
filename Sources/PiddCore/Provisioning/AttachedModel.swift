// Which model of scanner is registered: an identity belongs to a serial number of one model.
package import PIDSeal
import Scanner

/// The model of the attached scanner with a serial number.
///
/// - Parameter serial: as the journal and `ekyc-client status` name it.
/// - Returns: vendor and product on USB, `vvvv:pppp`.
/// - Throws: `IdentityError` when none or more than one model is attached, or the scanner states no serial number.
package func modelOnUSB(ofScanner serial: String) throws(IdentityError) -> String {
    try modelOnUSB(ofScanner: serial, among: USBDevice.attached())
}

func modelOnUSB(ofScanner serial: String, among attached: [USBDevice]) throws(IdentityError) -> String {
    let found = attached.filter { $0.registeredName == serial }
    let models = Set(found.map(\.vendorProduct))
    guard let model = models.first, models.count == 1 else {
        throw IdentityError(
            "scanner-not-attached",
            models.isEmpty
                ? "no scanner with the serial number \(serial) is attached, so that its model is not known"
                : "scanners of \(models.count) models with the serial number \(serial) are attached",
            nextStep: "plug in the one to be registered, or name its model as lsusb does: --usb VVVV:PPPP")
    }
    guard found.allSatisfy({ $0.serial?.isWhole == true }) else { throw IdentityError.noSerial }
    return model
}
