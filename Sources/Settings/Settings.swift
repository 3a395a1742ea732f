// Settings files: `[section]` and `key = value` lines, read through inih, with the line of every value.
import CINIH
package import Platform

/// What is wrong with a settings file, with the file and line.
package struct SettingsError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(code: String = "settings-invalid", cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    /// The same error of another room.
    package init(_ error: some ExplainedError) {
        self.init(code: error.code, cause: error.cause, nextStep: error.nextStep)
    }
}

/// The values of a settings file, in the order in which they stand.
package struct Settings: Sendable {
    /// One value and where it stands.
    package struct Entry: Equatable, Sendable {
        package let section: String
        package let key: String
        package let value: String
        package let file: String
        /// Counted from 1.
        package let line: Int

        /// `file:line`, for messages.
        package var place: String { "\(file):\(line)" }
    }

    package private(set) var entries: [Entry]

    /// No values at all.
    package init() { entries = [] }

    /// Reads a settings file of at most 64 KiB.
    ///
    /// - Throws: `SettingsError` naming the file, and the line when one is at fault.
    package init(path: String) throws(SettingsError) {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, limit: 64 * 1024)
        } catch {
            throw SettingsError(error)
        }
        try self.init(parsing: bytes, file: path)
    }

    /// Reads settings from memory.
    ///
    /// - Throws: `SettingsError` for a line that is neither a section, a value nor a comment, that is too long, or that
    ///   sets a key of a section again.
    package init(parsing bytes: [UInt8], file: String) throws(SettingsError) {
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            throw SettingsError(cause: "\(file) is not UTF-8 text", nextStep: "save it as UTF-8")
        }
        let reading = Reading(bytes, file)
        let state = unsafe Unmanaged.passUnretained(reading).toOpaque()
        let result = unsafe ini_parse_stream(
            { line, room, stream in
                unsafe Unmanaged<Reading>.fromOpaque(stream!).takeUnretainedValue().nextLine(
                    into: line!, room: Int(room))
            }, state,
            { state, section, key, value in
                unsafe Unmanaged<Reading>.fromOpaque(state!).takeUnretainedValue()
                    .keep(String(cString: section!), String(cString: key!), String(cString: value!))
            }, state)
        if let error = reading.error { throw error }
        guard result == 0 else {
            throw SettingsError(
                cause: "\(file):\(result): the line is neither [section], key = value nor a comment",
                nextStep: "correct or remove the line")
        }
        entries = reading.entries
    }

    /// The value of a key, nil when the file does not set it.
    package func value(_ key: String, in section: String) -> String? { entry(key, in: section)?.value }

    /// The value of a key and where it stands, nil when the file does not set it.
    package func entry(_ key: String, in section: String) -> Entry? {
        entries.first { $0.section == section && $0.key == key }
    }

    /// The names of the sections, each once.
    package var sections: [String] {
        entries.reduce(into: []) { if !$0.contains($1.section) { $0.append($1.section) } }
    }

    /// Entries that no one knows, so that a misspelt key is told instead of ignored.
    package func unknown(besides known: [String: Set<String>]) -> [Entry] {
        entries.filter { known[$0.section]?.contains($0.key) != true }
    }

    /// These values, with the others' for keys that these do not set.
    package func over(_ others: Settings) -> Settings {
        var merged = self
        merged.entries += others.entries.filter { entry($0.key, in: $0.section) == nil }
        return merged
    }
}

/// What one run of inih collects.
///
/// inih gives the lines to `keep` while it asks for them, so the line counter fits.
private final class Reading {
    private(set) var entries: [Settings.Entry] = []
    private(set) var error: SettingsError?
    private let bytes: [UInt8]
    private let file: String
    private var next = 0
    private var line = 0

    init(_ bytes: [UInt8], _ file: String) { (self.bytes, self.file) = (bytes, file) }

    /// Copies the next line, with its end, into inih's buffer; NULL at the end or after an error.
    func nextLine(into target: UnsafeMutablePointer<CChar>, room: Int) -> UnsafeMutablePointer<CChar>? {
        guard next < bytes.count, error == nil else { return nil }
        line += 1
        let end = bytes[next...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
        guard end - next < room else {
            error = SettingsError(
                cause: "\(file):\(line): the line has more than \(room - 1) bytes", nextStep: "shorten the line")
            return nil
        }
        for offset in 0..<(end - next) { unsafe target[offset] = CChar(bitPattern: bytes[next + offset]) }
        unsafe target[end - next] = 0
        next = end
        return unsafe target
    }

    /// 1 to go on, 0 to stop: inih's convention.
    func keep(_ section: String, _ key: String, _ value: String) -> Int32 {
        if let earlier = entries.first(where: { $0.section == section && $0.key == key }) {
            error = SettingsError(
                cause: "\(file):\(line): '\(key)' is set a second time, first in line \(earlier.line)",
                nextStep: "remove one of the two lines")
            return 0
        }
        entries.append(.init(section: section, key: key, value: value, file: file, line: line))
        return 1
    }
}
