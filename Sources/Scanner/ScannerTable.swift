// Which scanners there are: maker, model and, what libfprint never says, their resolution.
package import Biometrics

/// What is known of a kind of scanner before one is attached.
package struct ScannerModel: Sendable {
    /// A USB vendor and product number.
    package struct ProductID: Equatable, Sendable {
        package let vendor: UInt16
        package let product: UInt16
    }

    /// The libfprint driver.
    package let driver: String
    /// Empty: any device of the driver.
    package let ids: [ProductID]
    package let maker: String
    package let model: String
    /// Pixels per inch of the pictures as libfprint hands them out, so after any enlargement in the driver.
    package let resolution: Resolution?
    package let scanType: ScanType

    private init(
        _ driver: String, _ vendor: UInt16, _ products: [UInt16], _ maker: String, _ model: String, ppi: Double?,
        _ scanType: ScanType
    ) {
        self.driver = driver
        ids = products.map { ProductID(vendor: vendor, product: $0) }
        (self.maker, self.model, self.scanType) = (maker, model, scanType)
        resolution = ppi.map { Resolution(x: $0, y: $0) }
    }

    /// The entry for a device; nil for drivers that deliver no pictures (match on chip).
    ///
    /// A device whose ids are not listed gets the entry of its driver that lists none.
    package static func find(driver: String, vendor: UInt16?, product: UInt16?) -> ScannerModel? {
        let entries = table.filter { $0.driver == driver }
        return entries.first { entry in entry.ids.contains { $0.vendor == vendor && $0.product == product } }
            ?? entries.first { $0.ids.isEmpty }
    }

    /// Drivers of libfprint 1.94.5 that deliver pictures (spec/fingerprint.md section 4), common readers first.
    ///
    /// "nominal": the maker states it. "source": libfprint's source says it. "estimated": measured as the ridge period of a
    /// recorded finger, taken as 0.48 mm. None has been measured with a target on the hardware. nil: not known, refused.
    package static let table: [ScannerModel] = [
        // 512 nominal (the raw camera picture, 384 x 290 for 14.6 x 18.1 mm; not corrected for its distortion).
        ScannerModel("uru4000", 0x05ba, [0x000a], "DigitalPersona", "U.are.U 4000B/4500", ppi: 512, .press),
        ScannerModel("uru4000", 0x05ba, [0x0007, 0x0008], "DigitalPersona", "U.are.U 4000", ppi: 512, .press),
        ScannerModel(
            "uru4000", 0x045e, [0x00bb, 0x00bc, 0x00bd, 0x00ca], "Microsoft", "Fingerprint Reader", ppi: 512, .press),
        // 385 nominal: 256 pixels on 16.9 mm, 180 on 11.9 mm.
        ScannerModel("nb1010", 0x298d, [0x1010], "NEXT Biometrics", "NB-1010-U", ppi: 385, .press),
        // 508 nominal: 208 x 288 pixels of 0.05 mm.
        ScannerModel("upektc", 0x0483, [0x2015, 0x2017], "UPEK", "TouchChip", ppi: 508, .press),
        ScannerModel("upektc", 0x147e, [0x3001], "UPEK", "EikonTouch", ppi: 508, .press),
        // 500 nominal.
        ScannerModel("vcom5s", 0x061a, [0x0110], "Veridicom", "5thSense", ppi: 500, .press),
        // 1010 estimated, after the driver's enlargement by 2.
        ScannerModel("aes3500", 0x08ff, [0x5731], "AuthenTec", "AES3500", ppi: 1010, .press),
        // 750 nominal: a 250 ppi sensor enlarged by 3.
        ScannerModel("aes4000", 0x08ff, [0x5501], "AuthenTec", "AES4000", ppi: 750, .press),
        // 1000 nominal: a 500 ppi sensor enlarged by 2.
        ScannerModel("vfs7552", 0x138a, [0x0091], "Validity", "VFS7552", ppi: 1000, .press),
        // 500 estimated.
        ScannerModel("upektc_img", 0x147e, [0x2016, 0x2020], "UPEK", "Eikon Touch strip", ppi: 500, .swipe),
        // 508 nominal: 0.05 mm pixels.
        ScannerModel("upeksonly", 0x147e, [0x2016, 0x1000, 0x1001], "UPEK", "TouchStrip", ppi: 508, .swipe),
        // 500 nominal, all AuthenTec swipe sensors.
        ScannerModel("aes1610", 0x08ff, [0x1600], "AuthenTec", "AES1610", ppi: 500, .swipe),
        ScannerModel("aes1660", 0x08ff, [0x1660] + Array(0x1680...0x168f), "AuthenTec", "AES1660", ppi: 500, .swipe),
        ScannerModel("aes2501", 0x08ff, [0x2500, 0x2580], "AuthenTec", "AES2501", ppi: 500, .swipe),
        ScannerModel("aes2550", 0x08ff, [0x2550, 0x2810], "AuthenTec", "AES2550/AES2810", ppi: 500, .swipe),
        ScannerModel(
            "aes2660", 0x08ff, [0x2660, 0x2691] + Array(0x2680...0x268f), "AuthenTec", "AES2660", ppi: 500, .swipe),
        // 516 to 594 estimated for this family; 500 nominal.
        ScannerModel("vfs0050", 0x138a, [0x0050], "Validity", "VFS0050", ppi: 500, .swipe),
        ScannerModel("vfs101", 0x138a, [0x0001], "Validity", "VFS101", ppi: 500, .swipe),
        ScannerModel("vfs301", 0x138a, [0x0005, 0x0008], "Validity", "VFS301", ppi: 500, .swipe),
        ScannerModel(
            "vfs5011", 0x138a, [0x0010, 0x0011, 0x0015, 0x0017, 0x0018], "Validity", "VFS5011", ppi: 500, .swipe),
        // 508 source.
        ScannerModel("etes603", 0x1c7a, [0x0603], "EgisTec", "ES603", ppi: 508, .swipe),
        // 695 estimated, after the driver's enlargement by 2.
        ScannerModel("egis0570", 0x1c7a, [0x0570, 0x0571], "EgisTec", "0570", ppi: 695, .swipe),
        // Some sixty sensors of different sizes, none with a figure.
        ScannerModel("elan", 0x04f3, [], "ELAN", "Fingerprint Sensor", ppi: nil, .swipe),
        ScannerModel("elanspi", 0, [], "ELAN", "SPI Fingerprint Sensor", ppi: nil, .swipe),
        // Made of software: it gives what it is fed, by agreement at the standard resolution.
        ScannerModel("virtual_image", 0, [], "libfprint", "Virtual image device", ppi: 500, .press),
    ]
}
