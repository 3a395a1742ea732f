// The serial number that a USB device states, and whether it tells the device from others.

/// A serial number as it may stand in a folder's name and in XML.
package struct SerialNumber: Equatable, Sendable {
    /// Letters, digits and `._-`, at most 40, none of the dots in front.
    package let text: String
    /// Whether this is all that the device states, so that another one of the model does not come to the same text.
    ///
    /// White space and braces around it, as all devices of some models have them (`{A3C4-55}`), do not count.
    package let isWhole: Bool

    /// Takes what a device states; nil when nothing of it can be kept.
    init?(_ stated: String) {
        guard let text = cleanedSerial(stated) else { return nil }
        self.text = text
        var core = stated.drop(while: \.isWhitespace)
        while core.last?.isWhitespace == true { core.removeLast() }
        if core.first == "{", core.last == "}", core.count > 2 { core = core.dropFirst().dropLast() }
        isWhole = core == text
    }
}

/// Keeps of a text what may stand in a folder's name and in XML: letters, digits and `._-`, at most 40.
///
/// Leading dots go as well, so that the result is never a hidden or a parent folder. nil when nothing is left.
func cleanedSerial(_ text: String) -> String? {
    let kept = text.unicodeScalars.filter { scalar in
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }
    let cleaned = String(String.UnicodeScalarView(kept.drop { $0 == "." }.prefix(Limits.serial)))
    return cleaned.isEmpty ? nil : cleaned
}
