// Which scanners there are: maker, model and, what libfprint never says, resolution and orientation of their pictures.
package import Biometrics
import Platform
package import Settings

/// What is known of a kind of scanner before one is attached; a section of `scanners.conf`.
package struct ScannerModel: Equatable, Sendable {
    /// A row of USB product numbers of one vendor.
    package struct Products: Equatable, Sendable {
        package let vendor: UInt16
        package let products: ClosedRange<UInt16>

        package func contains(vendor: UInt16?, product: UInt16?) -> Bool {
            guard let vendor, let product else { return false }
            return vendor == self.vendor && products.contains(product)
        }
    }

    /// What is different about a device.
    package enum Quirk: String, CaseIterable, Sendable {
        /// It must not be reset on USB to recover it.
        case noReset = "no-reset"
        /// Its driver keeps the last picture until the next capture, or until it is closed.
        case keepsPicture = "keeps-picture"
        /// Its driver aborts the process when it is used again after an operation that ended while it was switching the sensor on.
        case wakesOnce = "wakes-once"
    }

    /// The section's name.
    package let name: String
    /// The libfprint driver; nil when no open driver exists.
    package let driver: String?
    /// Empty: any device of the driver.
    package let products: [Products]
    package let maker: String
    package let model: String
    /// Pixels per inch of the sensor; nil when not known.
    package let sensor: Resolution?
    /// How much the driver enlarges the sensor's picture.
    package let enlargement: Double
    /// The turn that brings the fingertip to the top.
    package let rotation: QuarterTurn
    package let polarity: RidgePolarity
    package let scanType: ScanType
    package let quirks: Set<Quirk>
    /// Where the figures come from.
    package let source: String
    /// What a person can do when the scanner cannot be used; empty when nothing special.
    package let advice: String

    /// Pixels per inch of the pictures as libfprint hands them out; nil when not known, and then they are refused.
    package var resolution: Resolution? {
        sensor.map { Resolution(x: $0.x * enlargement, y: $0.y * enlargement) }
    }

    /// `maker model`.
    package var title: String { "\(maker) \(model)" }
}

/// The scanners that pidd knows, in the order of the file: the first that fits counts.
package struct ScannerTable: Sendable {
    package let models: [ScannerModel]

    /// Where an installed table lies: `share/pidd` beside the folder of the program, below the same prefix.
    package static let standardFile = place(of: (try? programFile()) ?? "/usr/sbin/pidd")

    /// Where the table of a program at this path lies.
    static func place(of program: String) -> String {
        let prefix = program.split(separator: "/").dropLast(2)
        return prefix.map { "/\($0)" }.joined() + "/share/pidd/scanners.conf"
    }

    /// The table this program was built with, so that it needs no installed file.
    package static let builtIn: ScannerTable = {
        do {
            return try ScannerTable(parsing: PackageResources.scanners_conf, file: "share/pidd/scanners.conf")
        } catch {
            preconditionFailure("\(error)")  // a test reads the same bytes
        }
    }()

    /// Reads a table.
    ///
    /// - Parameter path: nil for the installed file and, where there is none, the built-in table.
    /// - Throws: `SettingsError` naming file and line of what cannot be used.
    package init(path: String?) throws(SettingsError) {
        let settings: Settings
        do {
            settings = try Settings(path: path ?? Self.standardFile)
        } catch {
            guard path == nil, error.code == "file-missing" else { throw error }
            self = .builtIn
            return
        }
        try self.init(settings)
    }

    /// Reads a table from memory.
    package init(parsing bytes: [UInt8], file: String) throws(SettingsError) {
        try self.init(Settings(parsing: bytes, file: file))
    }

    private init(_ settings: Settings) throws(SettingsError) {
        var models: [ScannerModel] = []
        for section in settings.sections {
            models.append(try ScannerModel(section: section, of: settings))
        }
        self.models = models
    }

    /// The entry for a device of libfprint's; nil for one that is not known.
    ///
    /// A device whose ids are not listed gets the entry of its driver for any device: another product of a known driver may
    /// have another resolution.
    package func model(driver: String, vendor: UInt16?, product: UInt16?) -> ScannerModel? {
        let entries = models.filter { $0.driver == driver }
        return entries.first { entry in
            entry.products.contains { $0.contains(vendor: vendor, product: product) }
        } ?? entries.first { $0.products.isEmpty }
    }

    /// The entry for a USB device, whatever drives it; one with a driver comes before one that has none.
    package func model(vendor: UInt16, product: UInt16) -> ScannerModel? {
        let entries = models.filter { entry in
            entry.products.contains { $0.contains(vendor: vendor, product: product) }
        }
        return entries.first { $0.driver != nil } ?? entries.first
    }

    /// The ids of a driver.
    func products(driver: String) -> [ScannerModel.Products] {
        models.filter { $0.driver == driver }.flatMap(\.products)
    }
}
