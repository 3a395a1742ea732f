// One touch of the glass: how a finger's ridges become a grey picture.
package import Biometrics
import Glibc
import Secrets

/// What differs from touch to touch, and the picture that comes of it.
///
/// Each pixel is followed back to the skin: shift and turn of the finger, then the pull of the skin (the part that is
/// pressed firmly stays, the rim is dragged and twisted, after Cappelli's skin model), then the ridges at that place. How
/// firmly they touch decides how wide they print.
struct Impression {
    private let finger: SyntheticFinger
    private let lyingOnSide: Bool

    private let centre: Place
    private let turn: Float
    private let contactRadius: Place
    private let twist: Float
    private let pull: (x: SmoothNoise, y: SmoothNoise)

    /// -1 light or dry touch, thin broken ridges; 1 firm or moist, wide ones.
    private let pressure: Float
    private let evenness: SmoothNoise
    private let rim: SmoothNoise
    /// How well the pores show.
    private let poreDepth: Float
    private let ridgeGrey: Float
    private let glassGrey: Float
    private var random: SeededRandom

    init(of finger: SyntheticFinger, number: UInt64, lyingOnSide: Bool) {
        self.finger = finger
        self.lyingOnSide = lyingOnSide
        random = SeededRandom(finger.seed, 1, number)
        centre = Place(x: 0.8 * random.normal(), y: 0.8 + 0.9 * random.normal())
        turn = 0.09 * random.normal() + (lyingOnSide ? .pi / 2 : 0)
        pressure = min(max(0.5 * random.normal(), -1), 1)
        let size = 1 + 0.08 * pressure
        contactRadius = Place(x: random.uniform(7.2...7.9) * size, y: random.uniform(9...10.2) * size)
        twist = 0.05 * random.normal()
        pull = (SmoothNoise(bump: 7, &random), SmoothNoise(bump: 7, &random))
        evenness = SmoothNoise(bump: 2.5, &random)
        rim = SmoothNoise(bump: 1.2, &random)
        poreDepth = random.uniform(0.2...1.1)
        ridgeGrey = random.uniform(35...70) - 15 * pressure
        glassGrey = random.uniform(232...246)
    }

    /// Prints it on a glass of `width` by `height` pixels at `ppi` pixels per inch.
    func picture(width: Int, height: Int, ppi: Double) -> FingerImage {
        var random = self.random
        let pixel = Float(25.4 / ppi)
        let pixels = unsafe SecretBytes(capacity: width * height) { room in
            for row in 0..<height {
                for column in 0..<width {
                    let glass = Place(
                        x: (Float(column) - Float(width - 1) / 2) * pixel,
                        y: (Float(row) - Float(height - 1) / 2) * pixel)
                    let (grain, speckle) = (random.normal(), random.normal())
                    let touch = darkness(at: glass, grain: grain)
                    let grey = glassGrey + (ridgeGrey - glassGrey) * touch + 2.5 * speckle
                    unsafe room[row * width + column] = UInt8(min(max(grey, 0), 255))
                }
            }
            return width * height
        }
        return FingerImage(
            width: width, height: height, pixels: pixels, resolution: Resolution(x: ppi, y: ppi))
    }

    /// 0 where nothing touches the glass, 1 where a ridge lies full on it.
    private func darkness(at glass: Place, grain: Float) -> Float {
        let upright = rotate(glass, turn)
        let (x, y) = (upright.x / contactRadius.x, upright.y / contactRadius.y)
        let distance = sqrtf(x * x + y * y)
        guard distance < 1.3 else { return 0 }
        let contact = 1 - distance + 0.035 * rim(upright)  // 1 in the middle, 0 at the rim
        guard contact > -0.02 else { return 0 }

        let looseness = smoothStep(0.3, 1.1, distance)
        var skin = rotate(upright, twist * looseness)
        skin.x += centre.x + 0.35 * looseness * pull.x(upright)
        skin.y += centre.y + 0.35 * looseness * pull.y(upright)
        guard Skin.distanceFromCentre(skin) < 0.97 else { return 0 }

        let firmness = 0.28 * pressure + 0.16 * evenness(upright) - 0.9 * (1 - smoothStep(-0.04, 0.16, contact))
        let ridge = finger.skin.sample(skin) + firmness - 1.3 * poreDepth * finger.gaps.sample(skin) + 0.16 * grain
        // Ridges are flat on top where they are pressed, so the wave becomes plateaus with soft flanks.
        let print = smoothStep(-0.45, 0.55, ridge)
        return print * (0.88 + 0.12 * smoothStep(-1, 1, evenness(upright))) + 0.06 * smoothStep(0, 0.3, contact)
    }

    private func rotate(_ place: Place, _ angle: Float) -> Place {
        let (sine, cosine) = (sinf(angle), cosf(angle))
        return Place(x: place.x * cosine - place.y * sine, y: place.x * sine + place.y * cosine)
    }
}

/// The glass with no finger on it: light, with the noise of the sensor, which another `seed` changes.
///
/// The picture has `width` by `height` pixels at `ppi` pixels per inch.
package func emptyGlass(seed: UInt64 = 0, width: Int, height: Int, ppi: Double) -> FingerImage {
    var random = SeededRandom(seed, 2)
    let pixels = unsafe SecretBytes(capacity: width * height) { room in
        for index in room.indices { unsafe room[index] = UInt8(min(max(240 + 2.5 * random.normal(), 0), 255)) }
        return width * height
    }
    return FingerImage(width: width, height: height, pixels: pixels, resolution: Resolution(x: ppi, y: ppi))
}
