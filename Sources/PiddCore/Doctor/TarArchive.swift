// A tar archive of a few small files (POSIX.1-1988, "ustar"), which every system unpacks.

/// Collects files for one archive.
struct TarArchive {
    private var bytes: [UInt8] = []
    private let time: Int64

    /// `time` is that of all files, in seconds since the Unix epoch.
    init(at time: Int64) { self.time = time }

    /// Adds a file of mode 0600 without an owner; `name` has at most 100 bytes.
    mutating func add(_ name: String, _ content: [UInt8]) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.prefix(100).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int64, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(Int64(content.count), digits: 11), at: 124)
        put(octal(time, digits: 11), at: 136)
        put("        ", at: 148)  // the sum is taken over blanks in its own place
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int64($1) }, digits: 6) + "\0 ", at: 148)
        bytes += header + content
        pad()
    }

    /// The whole archive.
    func finish() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func pad() { bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512) }
}
