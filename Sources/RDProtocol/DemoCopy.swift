// The Demo element of PidOptions on its way into the PID block: personal data, so it goes from libxml2 to libxml2.
import Secrets

/// Writes the Demo element again while a PidOptions document is read.
///
/// Only the elements and attributes of the PID block (spec/rd-service.md 2.1) pass, with their proper names.
struct DemoCopy: ~Copyable {
    private let writer = XMLWriter()
    private var isInside = false
    /// What has come; nothing of it may come twice.
    private var seen: Set<String> = []
    /// Whether all that stood in Demo is known.
    private(set) var isValid = true

    private static let known: [String: [String]] = [
        "Demo": ["lang"],
        "Pi": ["ms", "mv", "name", "lname", "lmv", "gender", "dob", "dobt", "age", "phone", "email"],
        "Pa": [
            "ms", "co", "house", "street", "lm", "loc", "vtc", "subdist", "dist", "state", "country", "pc", "po",
        ],
        "Pfa": ["ms", "mv", "av", "lav", "lmv"],
    ]

    /// Looks at one event of the document; what is not in Demo is passed over.
    mutating func take(_ event: XMLPullReader.Event, from reader: inout XMLPullReader) {
        switch event {
        case .start(let name, 1) where name.lowercased() == "demo" && isValid:
            guard seen.insert("Demo").inserted else { return isValid = false }
            isInside = true
            open("Demo", &reader)
        case .start(let name, 2) where isInside && isValid:
            let proper = Self.known.keys.first { $0 != "Demo" && $0.lowercased() == name.lowercased() }
            guard let proper, seen.insert(proper).inserted else { return isValid = false }
            open(proper, &reader)
        case .start where isInside: isValid = false
        case .text where isInside:
            isValid = isValid && reader.withText { text in text.indices.allSatisfy { isBlank(text[$0]) } }
        case .end(_, let depth) where isInside && isValid:
            writer.end()
            if depth == 1 { isInside = false }
        default: break
        }
    }

    private mutating func open(_ element: String, _ reader: inout XMLPullReader) {
        writer.start(element)
        let names = Self.known[element, default: []]
        var unknown = false
        reader.forEachAttribute { name, value in
            guard names.contains(name) else { return unknown = true }
            writer.attribute(name, value)
        }
        if unknown { isValid = false }
    }

    /// The element, or nil when it was missing or had no child.
    consuming func finish() -> SecretBytes? {
        seen.count > 1 && isValid ? writer.finishSecret() : nil
    }
}

/// A secret copy of bytes that a reader lends.
func copy(_ bytes: Span<UInt8>) -> SecretBytes {
    unsafe SecretBytes(capacity: bytes.count) { room in
        for index in bytes.indices { unsafe room[index] = bytes[index] }
        return bytes.count
    }
}
