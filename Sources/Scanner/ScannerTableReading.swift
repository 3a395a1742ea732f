// One section of scanners.conf as a value; the head of that file says what each key means.
import Biometrics
import Settings

extension ScannerModel {
    private static let keys: Set<String> = [
        "driver", "ids", "maker", "model", "ppi", "enlargement", "rotate", "scan", "polarity", "quirks", "advice",
        "source",
    ]

    /// Reads a section.
    ///
    /// - Throws: `SettingsError` for a key that is not known, is missing or has a value that cannot be used.
    init(section: String, of settings: Settings) throws(SettingsError) {
        let reader = SectionReader(section: section, settings: settings)
        if let stranger = settings.entries.first(where: { $0.section == section && !Self.keys.contains($0.key) }) {
            throw SettingsError(
                cause: "\(stranger.place): a scanner has no key '\(stranger.key)'",
                nextStep: "use one of \(Self.keys.sorted().joined(separator: ", "))")
        }
        name = section
        driver = try reader.required("driver", "a driver's name or none") { $0 == "none" ? .some(nil) : .some($0) }
        products = try reader.required("ids", "ids such as 05ba:000a 08ff:1680-168f, or any") { Self.products($0) }
        maker = try reader.required("maker", "a name") { $0 }
        model = try reader.required("model", "a name") { $0 }
        sensor = try reader.required("ppi", "pixels per inch such as 500 or 512 x 508, or unknown") { Self.sensor($0) }
        enlargement =
            try reader.optional("enlargement", "a number of 1 to 8") {
                Double($0).flatMap { (1...8).contains($0) ? $0 : nil }
            } ?? 1
        rotation = try reader.optional("rotate", "0, 90, 180 or 270") { Int($0).flatMap(QuarterTurn.init) } ?? .none
        scanType = try reader.required("scan", "press or swipe") { ScanType(rawValue: $0) }
        polarity = try reader.optional("polarity", "dark, light or auto") { RidgePolarity(rawValue: $0) } ?? .dark
        quirks =
            try reader.optional("quirks", Quirk.allCases.map(\.rawValue).joined(separator: ", ")) { text in
                let words = text.split(separator: " ")
                let quirks = words.compactMap { Quirk(rawValue: String($0)) }
                return quirks.count == words.count ? Set(quirks) : nil
            } ?? []
        source = try reader.required("source", "where its figures come from") { $0 }
        advice = try reader.optional("advice", "a sentence") { $0 } ?? ""
        if driver == nil, advice.isEmpty { throw reader.missing("advice", "what can be done without a driver") }
    }

    /// `vvvv:pppp`, `vvvv:pppp-pppp` or `vvvv:any`, several apart by spaces; empty for `any`, nil when it is none of these.
    private static func products(_ text: String) -> [Products]? {
        if text == "any" { return [] }
        var result: [Products] = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let vendor = number(parts[0]) else { return nil }
            if parts[1] == "any" {
                result.append(Products(vendor: vendor, products: 0...0xffff))
                continue
            }
            let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map(number)
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last
            else {
                return nil
            }
            result.append(Products(vendor: vendor, products: first...last))
        }
        return result.isEmpty ? nil : result
    }

    /// Four hexadecimal digits.
    private static func number(_ text: Substring) -> UInt16? {
        text.utf8.count == 4 && text.allSatisfy(\.isHexDigit) ? UInt16(text, radix: 16) : nil
    }

    /// One number or two with an x in between; the inner nil is "unknown".
    private static func sensor(_ text: String) -> Resolution?? {
        if text == "unknown" { return .some(nil) }
        let numbers = text.split(separator: "x").map { Double($0.trimmingSpaces) }
        guard (1...2).contains(numbers.count), let x = numbers[0], let y = numbers[numbers.count - 1],
            (50...2000).contains(x), (50...2000).contains(y)
        else { return nil }
        return Resolution(x: x, y: y)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        drop { $0 == " " }.reversed().drop { $0 == " " }.reversed().reduce(into: Substring()) { $0.append($1) }
    }
}

/// The values of one section, with errors that name their place.
private struct SectionReader {
    let section: String
    let settings: Settings

    func required<Value>(
        _ key: String, _ expectation: String, _ read: (String) -> Value?
    ) throws(SettingsError) -> Value {
        guard let value = try optional(key, expectation, read) else { throw missing(key, expectation) }
        return value
    }

    func optional<Value>(
        _ key: String, _ expectation: String, _ read: (String) -> Value?
    ) throws(SettingsError) -> Value? {
        guard let entry = settings.entry(key, in: section) else { return nil }
        guard !entry.value.isEmpty, let value = read(entry.value) else {
            throw SettingsError(
                cause: "\(entry.place): '\(entry.value)' is no value for \(key)", nextStep: "write \(expectation)")
        }
        return value
    }

    func missing(_ key: String, _ expectation: String) -> SettingsError {
        let place = settings.entries.first { $0.section == section }?.place ?? section
        return SettingsError(
            cause: "\(place): the scanner [\(section)] has no \(key)", nextStep: "add \(key): \(expectation)")
    }
}
