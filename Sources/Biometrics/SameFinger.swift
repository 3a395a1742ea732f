// Whether two records show the same finger: enough to notice that a person has put one finger on twice.
import Glibc
import Secrets

extension FingerMinutiaeRecord {
    /// Whether this record and another are almost surely of the same finger.
    ///
    /// It looks for the turn and shift that bring most minutiae of one upon those of the other. Of 30 simulated touches
    /// of ten fingers, different fingers shared at most 0.50 of the fewer ones by chance, and nine in ten pairs of one finger more than 0.53;
    /// touches of different parts of a finger may pass as two.
    package func showsSameFinger(as other: FingerMinutiaeRecord) -> Bool {
        similarity(to: other) >= Match.share
    }

    /// The part of the fewer minutiae of two records, 0 to 1, that finds a partner under the best alignment.
    func similarity(to other: FingerMinutiaeRecord) -> Double {
        let (mine, others) = (Array(0..<min(minutiae.count, Match.most)), 0..<min(other.minutiae.count, Match.most))
        let fewer = min(mine.count, others.count)
        guard fewer >= Match.least else { return 0 }
        var votes: [Match.Cell: [Match.Alignment]] = [:]
        for first in mine {
            for second in others {
                guard let alignment = Match.Alignment(bringing: minutiae[first], upon: other.minutiae[second]) else {
                    continue
                }
                votes[alignment.cell, default: []].append(alignment)
            }
        }
        let candidates = votes.values.sorted { $0.count > $1.count }.prefix(Match.cells).joined()
        return candidates.reduce(0) { best, alignment in
            var used: Set<Int> = []
            for index in mine {
                let moved = alignment.moved(minutiae[index])
                let partner = others.first { !used.contains($0) && moved.isNear(other.minutiae[$0]) }
                if let partner { used.insert(partner) }
            }
            return max(best, Double(used.count) / Double(fewer))
        }
    }
}

/// The numbers and the geometry of the comparison; y grows downwards, angles anticlockwise, 256 to the turn.
private enum Match {
    /// The best minutiae of each record that are compared; more take long and add little.
    static let most = 60
    /// With fewer minutiae than these, chance decides.
    static let least = 12
    /// The part of the fewer minutiae that must find a partner.
    static let share = 0.55
    /// How far partners may be apart, in pixels at 500 ppi and in 256ths of a turn: ridges are 9 pixels apart.
    static let distance = 13.0
    static let angle = 16
    /// How far a finger is turned between two touches, 45 degrees at most.
    static let turn = 32
    /// The alignments of this many cells are tried, those with most votes first.
    static let cells = 20

    /// Alignments that are much the same.
    struct Cell: Hashable {
        let turn: Int
        let right: Int
        let down: Int
    }

    /// A minutia that was turned and shifted.
    struct Moved {
        let x: Double
        let y: Double
        let angle: Int

        func isNear(_ other: Minutia) -> Bool {
            let (right, down) = (x - Double(other.x), y - Double(other.y))
            return right * right + down * down < Match.distance * Match.distance
                && abs(Match.difference(angle, Int(other.angle))) <= Match.angle
        }
    }

    /// A turn around the origin and a shift after it.
    struct Alignment {
        private let turn: Int
        private let cosine: Double
        private let sine: Double
        private var right = 0.0
        private var down = 0.0

        /// The one that lays a minutia exactly upon another; nil when it turns too far.
        init?(bringing first: Minutia, upon second: Minutia) {
            turn = Match.difference(Int(second.angle), Int(first.angle))
            guard abs(turn) <= Match.turn else { return nil }
            let radians = Double(turn) * 2 * .pi / 256
            (cosine, sine) = (cos(radians), sin(radians))
            let turned = moved(first)
            (right, down) = (Double(second.x) - turned.x, Double(second.y) - turned.y)
        }

        func moved(_ minutia: Minutia) -> Moved {
            let (x, y) = (Double(minutia.x), Double(minutia.y))
            return Moved(
                x: cosine * x + sine * y + right, y: cosine * y - sine * x + down, angle: Int(minutia.angle) + turn)
        }

        var cell: Cell {
            Cell(
                turn: Int((Double(turn) / 8).rounded()), right: Int((right / 16).rounded()),
                down: Int((down / 16).rounded()))
        }
    }

    /// The way from one angle to another, -128..<128.
    static func difference(_ first: Int, _ second: Int) -> Int { (first - second + 640) % 256 - 128 }
}
