// Which way the ridges run: the five classes of fingerprints and their orientation fields.
import Glibc

/// The classes of Henry's system.
package enum PrintClass: CaseIterable, Sendable {
    case arch, tentedArch, leftLoop, rightLoop, whorl

    /// How many of a hundred fingers have it, about as the FBI's files showed.
    var share: Int {
        switch self {
        case .arch: 4
        case .tentedArch: 3
        case .leftLoop: 34
        case .rightLoop: 31
        case .whorl: 28
        }
    }

    /// The class of a finger, known before the finger is grown.
    package init(seed: UInt64) {
        var random = SeededRandom(seed, 0)
        self = Self.draw(&random)
    }

    static func draw(_ random: inout SeededRandom) -> PrintClass {
        var ticket = random.index(below: allCases.reduce(0) { $0 + $1.share })
        for candidate in allCases {
            if ticket < candidate.share { return candidate }
            ticket -= candidate.share
        }
        return .whorl
    }
}

/// The direction and the distance of the ridges at every place of one finger.
///
/// Sherlock and Monro's zero-pole model (1993): directions turn by half a turn around each core and by minus half a
/// turn around each delta, so the angle is half the sum of the bearings from the cores less those from the deltas.
/// That alone leaves the sides too flat. A real pad bends down at both sides above the deltas and lies flat at
/// the finger's joint, so a smooth bend is added, which moves no core or delta, and a slow wobble.
struct RidgeFlow {
    private var cores: [Place] = []
    private var deltas: [Place] = []
    private let bend: Float
    private let wobble: SmoothNoise
    private let period: Float
    private let stretch: SmoothNoise

    init(_ printClass: PrintClass, _ random: inout SeededRandom) {
        let side: Float = printClass == .leftLoop ? 1 : -1
        switch printClass {
        case .arch:
            break
        case .tentedArch:
            cores = [Place(x: 0, y: 0)]
            deltas = [Place(x: random.uniform(-0.3...0.3), y: random.uniform(4...6))]
        case .leftLoop, .rightLoop:
            cores = [Place(x: 0, y: 0)]
            deltas = [Place(x: side * random.uniform(5...7.5), y: random.uniform(6...9))]
        case .whorl:
            let lean = random.uniform(-0.6...0.6)
            let length = random.uniform(1.2...3.6)
            cores = [Place(x: lean / 2, y: -length / 2), Place(x: -lean / 2, y: length / 2)]
            deltas = [
                Place(x: random.uniform(-8 ... -6), y: random.uniform(6...8.5)),
                Place(x: random.uniform(6...8), y: random.uniform(6...8.5)),
            ]
        }
        bend = printClass == .arch ? random.uniform(0.75...1) : random.uniform(0.4...0.6)
        wobble = SmoothNoise(bump: 5, &random)
        period = random.uniform(0.43...0.49)  // adults: 0.4 to 0.5 mm, 9 px at 500 ppi
        stretch = SmoothNoise(bump: 6, &random)
    }

    /// The angle of the ridges, radians anticlockwise from the x axis; a half turn more is the same direction.
    func direction(at place: Place) -> Float {
        func bearing(_ from: Place) -> Float { atan2f(from.y - place.y, place.x - from.x) }
        let poles = cores.reduce(0) { $0 + bearing($1) } - deltas.reduce(0) { $0 + bearing($1) }
        let above = cores.isEmpty ? 1 - smoothStep(1, 13, abs(place.y - 2)) * 0.8 : 1 - smoothStep(-2, 9, place.y)
        return poles / 2 - bend * above * tanhf(place.x / 4) + 0.09 * wobble(place)
    }

    /// The distance from one ridge to the next in millimetres; it grows a little towards the joint.
    func distance(at place: Place) -> Float {
        period * (1 + 0.06 * stretch(place) + 0.14 * smoothStep(4, 12, place.y))
    }
}
