// The limits of pictures and records, with the reason for each.

package enum BiometricLimits {
    /// In pixels: libfprint's detector overruns its stack on very low pictures (spec/fingerprint.md rule 7).
    package static let smallestSide = 60
    /// In pixels, ten inches at 500 ppi: no finger is larger, and the record's coordinates have 14 bits.
    package static let largestSide = 5000
    /// The count of a finger view has one byte (spec/rd-service.md 5.4).
    package static let mostMinutiae = 255
    /// How many times a picture in a record is compressed: matching hardly suffers up to 20, and below 10 the record of two
    /// fingers outgrows what services accept.
    package static let imageRates = 10.0...20.0
    /// Vendors' records have 15 to 20 (spec/rd-service.md 5.1); 15 is the upper bound of the derivative specification.
    package static let usualImageRate = 15.0
}
