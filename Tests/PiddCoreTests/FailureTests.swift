// One table of problems: the code, the documentation and the two dialects agree.
import Platform
@testable import PiddCore
import RDProtocol
import Scanner
import Sharing
import TestSupport
import Testing

struct FailureTests {
    /// The rows of the table "Problems" in docs/protocol.md: code, status, RD code.
    private func documented() throws -> [String: (status: Int, rdCode: Int?)] {
        let text = String(decoding: try readFile("\(TestFiles.root)/docs/protocol.md", limit: 1 << 20), as: UTF8.self)
        var rows: [String: (status: Int, rdCode: Int?)] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
            guard cells.count >= 3, let status = Int(cells[1]) else { continue }
            rows[cells[0]] = (status, Int(cells[2]))
        }
        return rows
    }

    private static let scannerErrors: [ScannerError] = [
        .absent, .notAttached(id: "x", others: []), .starting, .unusable("x"), .busy, .timedOut, .cancelled, .removed,
        .replaced,
        .tooHot, .stopped, .device("x"), .detection("x"),
    ]

    private static let accessRefusals = [AccessRules.overflowID, 1].compactMap { user in
        let peer = AccessPeer(user: user, group: 1, groups: [])
        return #expect(throws: AccessRefusal.self) { try AccessRules.standard.allow(.admin, to: peer) }
    }

    @Test func `every way in which a capture can end stands in the table of the documentation`() throws {
        let rows = try documented()
        let failures =
            DeskRefusal.Reason.allCases.map { Failure(DeskRefusal($0)) } + Self.scannerErrors.map { Failure($0) }
            + [.lowQuality(10, below: 20), .sameFinger()] + Self.accessRefusals.map { Failure($0) }
        for failure in failures {
            let row = try #require(rows[failure.code], "\(failure.code) is not documented")
            #expect(row.status == failure.status, "\(failure.code)")
            #expect(row.rdCode == failure.rdCode?.rawValue, "\(failure.code)")
        }
        for failure in [Failure.noSuchPath(), .wrongMethod(allow: ""), .noSuchCapture(), .badRequestID()] {
            #expect(rows[failure.code]?.status == failure.status, "\(failure.code)")
        }
    }

    @Test func `the scanner and the desk call the same thing by the same name`() {
        #expect(Failure(ScannerError.removed).code == Failure(DeskRefusal(.deviceLost)).code)
        #expect(Failure(ScannerError.absent).code == Failure(DeskRefusal(.deviceAbsent)).code)
        #expect(Failure(ScannerError.stopped).code == Failure(DeskRefusal(.shuttingDown)).code)
    }

    @Test func `an RD error keeps its code and words through the table`() throws {
        for code in RDErrorCode.allCases where code != .success {
            for error in [RDError(code), RDError(code, "a cause", nextStep: "a step")] {
                #expect(Failure(error).rdError == error)
            }
        }
    }
}
