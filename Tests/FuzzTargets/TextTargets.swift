// Settings files, the scanner table, and JSON of pidd and of Eko.
import EkoAPI
import PiddClient
import Scanner
import Settings

extension FuzzTarget {
    static let settings = FuzzTarget(name: "settings", largestInput: 4096) { input in
        guard let settings = try? Settings(parsing: input, file: "fuzz") else { return }
        let lines = input.count { $0 == 0x0a } + 1
        for entry in settings.entries {
            promise((1...lines).contains(entry.line), "an entry stands on a line of the file")
        }
        let keys = Set(settings.entries.map { "\($0.section)\u{0}\($0.key)" })
        promise(keys.count == settings.entries.count, "a key is set once")
    }

    static let scannerTable = FuzzTarget(name: "scanner-table", largestInput: 4096) { input in
        _ = try? ScannerTable(parsing: input, file: "fuzz")
    }

    static let json = FuzzTarget(name: "json", largestInput: 4096) { input in
        guard let value = JSONValue(parsing: input) else { return }
        guard JSONValue(parsing: [UInt8](value.json.utf8)) != nil else {
            return promise(false, "what was read can be written and read again")
        }
    }

    static let envelope = FuzzTarget(name: "envelope", largestInput: 4096) { input in
        guard let envelope = Envelope(parsing: input) else { return }
        promise(
            envelope.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control },
            "a server's text has no control characters when it is shown")
    }

    static let piddEvents = FuzzTarget(name: "pidd-events", largestInput: 4096) { input in
        _ = PiddEvent(parsing: input)
        _ = PiddStatus(parsing: input)
    }
}
