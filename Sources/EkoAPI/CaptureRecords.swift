// Which records of a finger Eko's operations want in a capture.

extension Operation {
    /// `fType` of the captures that operations send: minutiae and picture of one finger, which the banks behind Eko ask for.
    package static let fType = 2
}
