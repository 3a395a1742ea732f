// The strict reading of PidOptions: what docs/schema/PidOptions.xsd refuses and real clients send all the same.

/// Looks for the first place in which a document departs from the schema of PidOptions.
///
/// Values are not its business: a wrong one has an error code of its own.
struct PidOptionsSchema {
    /// What is wrong, nil for a document that follows the schema; in names of the schema only, not in the client's words.
    private(set) var deviation: String?
    /// The child of PidOptions that the reader stands in, as an index of `children`; -1 before the first.
    private var child = -1

    private static let children = ["Opts", "Demo", "CustOpts"]
    private static let options: Set<String> = [
        "fCount", "fType", "iCount", "iType", "pCount", "pType", "pgCount", "pTimeout", "format", "pidVer", "timeout",
        "otp", "wadh", "posh", "env",
    ]

    /// Looks at one event of the document; what is in Demo is `DemoCopy`'s to judge, but for the case of names.
    mutating func take(_ event: XMLPullReader.Event, from reader: inout XMLPullReader) {
        guard deviation == nil else { return }
        switch event {
        case .start("PidOptions", 0):
            only(["ver"], in: "PidOptions", &reader)
            if reader.attributes()["ver"] != "1.0" { note("ver of PidOptions is not 1.0") }
        case .start(_, 0): note("the root is not PidOptions")
        case .start(let name, 1):
            guard let next = Self.children.firstIndex(of: name), next > child, next == 0 || child >= 0 else {
                return note("PidOptions holds Opts, then Demo and CustOpts, each once at most")
            }
            child = next
            only(next == 0 ? Self.options : next == 1 ? ["lang"] : [], in: name, &reader)
        case .start("Param", 2) where child == 2: only(["name", "value"], in: "Param", &reader)
        case .start("Pi", 2) where child == 1, .start("Pa", 2) where child == 1, .start("Pfa", 2) where child == 1:
            break
        case .start: note("there is an element that the schema does not have")
        case .text:
            if !reader.withText({ text in text.indices.allSatisfy { isBlank(text[$0]) } }) {
                note("there is text between the elements")
            }
        case .end: break
        }
    }

    private mutating func only(_ known: Set<String>, in element: String, _ reader: inout XMLPullReader) {
        var stranger = false
        reader.forEachAttribute { name, _ in if !known.contains(name) { stranger = true } }
        if stranger { note("\(element) has an attribute that the schema does not have") }
    }

    private mutating func note(_ text: String) { deviation = deviation ?? text }
}
