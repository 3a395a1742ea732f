// What an RD service can do, and whether that covers what a client asks for.

/// What an RD service can do.
package struct Capabilities: Sendable, Equatable {
    package var fingerTypes: Set<FingerRecordType>
    /// The most fingers of one capture.
    package var maximumFingers: Int
    package var hasIris: Bool
    package var hasFace: Bool
    package var hasProtobuf: Bool

    package init(
        fingerTypes: Set<FingerRecordType>, maximumFingers: Int, hasIris: Bool = false, hasFace: Bool = false,
        hasProtobuf: Bool = false
    ) {
        self.fingerTypes = fingerTypes
        self.maximumFingers = maximumFingers
        self.hasIris = hasIris
        self.hasFace = hasFace
        self.hasProtobuf = hasProtobuf
    }
}

extension PidOptions {
    /// Checks that a service can do what is asked for.
    ///
    /// - Throws: `RDError` with code 210 for protobuf, 750, 110, 120 for fingers, 760, 130, 140 for irises, 180 for faces.
    package func check(supported: Capabilities) throws(RDError) {
        guard format == .xml || supported.hasProtobuf else {
            throw RDError(.protobufUnsupported, nextStep: "set format to 0")
        }
        if fCount > 0 {
            guard !supported.fingerTypes.isEmpty else { throw RDError(.fingerprintUnsupported) }
            guard supported.fingerTypes.contains(fType) else {
                let types = supported.fingerTypes.map { String($0.rawValue) }.sorted().joined(separator: " or ")
                throw RDError(.invalidFType, "this service supports \(types) only", nextStep: "set fType to \(types)")
            }
            guard fCount <= supported.maximumFingers else {
                let most = supported.maximumFingers
                throw RDError(
                    .invalidFCount, "this service captures \(most) at once", nextStep: "set fCount to \(most)")
            }
        }
        if iCount > 0 {
            guard supported.hasIris else { throw RDError(.irisUnsupported) }
            guard iType == 0 else { throw RDError(.invalidIType, "0 is IIR") }
            guard iCount <= 2 else { throw RDError(.invalidICount, "1 or 2 are possible") }
        }
        if pCount > 0 {
            guard supported.hasFace else { throw RDError(.faceUnsupported) }
            guard pType == 0, pCount == 1 else { throw RDError(.invalidPidOptions, "one face of type 0 is possible") }
        }
    }
}
