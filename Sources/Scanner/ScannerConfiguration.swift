// What the scanners' host is told when it is made.

/// What a `ScannerHost` may do.
package struct ScannerConfiguration: Sendable {
    /// Whether scanners made of software count; for tests only, as whoever feeds them can inject pictures.
    package var allowVirtual: Bool
    /// The scanners that are known.
    package var table: ScannerTable
    /// The id of the scanner that captures go to when they name none; nil takes the first that can be used.
    package var preferred: String?
    /// Called on the device thread after every change of the default scanner; it must return at once.
    package var onStateChange: (@Sendable (ScannerState) -> Void)?
    /// Called on the device thread after every change of any scanner; it must return at once.
    package var onScannersChange: (@Sendable ([AttachedScanner]) -> Void)?

    package init(
        allowVirtual: Bool = false, table: ScannerTable = .builtIn, preferred: String? = nil,
        onStateChange: (@Sendable (ScannerState) -> Void)? = nil,
        onScannersChange: (@Sendable ([AttachedScanner]) -> Void)? = nil
    ) {
        self.allowVirtual = allowVirtual
        self.table = table
        self.preferred = preferred
        self.onStateChange = onStateChange
        self.onScannersChange = onScannersChange
    }
}
