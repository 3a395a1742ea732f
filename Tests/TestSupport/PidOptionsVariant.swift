// PidOptions as 31 real clients write them, and what each should come to (Tests/PidOptions).
import Platform

/// One real client's PidOptions.
package struct PidOptionsVariant: Sendable, CustomStringConvertible {
    /// The row of the list, which is also the name of the document.
    package let row: String
    package let document: [UInt8]
    /// The errCode of a service that has fingers only: 0 when it captures.
    package let errCode: Int
    /// The same of a service with the setting `strict`.
    package let strictErrCode: Int
    package let fCount: Int
    package let fType: Int
    package let iCount: Int
    /// Milliseconds.
    package let timeout: Int
    package let env: String
    package let wadh: String
    package let posh: [String]

    package var description: String { "row \(row)" }

    /// The file of the document.
    package var path: String { "\(Self.folder)/\(row).xml" }

    private static let folder = "\(TestFiles.root)/Tests/PidOptions"

    /// All of them; empty when the table cannot be read, which a test notices.
    package static let all: [PidOptionsVariant] = {
        let table = (try? readFile("\(folder)/expected.txt", limit: 1 << 16)) ?? []
        return String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { Self(line: $0) }
    }()

    private init?(line: Substring) {
        let cells = line.split(separator: " ").map { $0 == "-" ? "" : String($0) }
        guard !line.hasPrefix("#"), cells.count == 10 else { return nil }
        let numbers = cells[1...6].compactMap { Int($0) }
        guard numbers.count == 6, let document = try? readFile("\(Self.folder)/\(cells[0]).xml", limit: 1 << 16) else {
            return nil
        }
        (row, self.document) = (cells[0], document)
        (errCode, strictErrCode) = (numbers[0], numbers[1])
        (fCount, fType, iCount, timeout) = (numbers[2], numbers[3], numbers[4], numbers[5])
        (env, wadh) = (cells[7], cells[8])
        posh = cells[9].split(separator: ",").map(String.init)
    }
}
