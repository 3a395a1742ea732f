// Equality of secrets, so that values that carry one can be Equatable.

extension SecretBuffer: Equatable where Element == UInt8 {
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool { left.isEqual(to: right) }
}
