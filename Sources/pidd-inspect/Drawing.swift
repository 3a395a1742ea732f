// Minutiae drawn on the picture they were found in.
import Biometrics
import Glibc
import Secrets

/// A colour picture, twice as large as what it shows, so that marks do not hide the ridges.
struct Drawing {
    private struct Colour {
        let red: UInt8
        let green: UInt8
        let blue: UInt8
    }

    private static let scale = 2
    /// In pixels of the drawing.
    private static let radius = 7
    private static let lineLength = 22.0

    /// The content of the file.
    let png: SecretBytes

    /// Draws on a picture, or on white paper when there is none.
    init(on picture: FingerImage?, minutiae record: FingerMinutiaeRecord?) {
        let shown = (picture?.width ?? record?.width ?? 1, picture?.height ?? record?.height ?? 1)
        let (width, height) = (shown.0 * Self.scale, shown.1 * Self.scale)
        let pixels = unsafe SecretBytes(capacity: width * height * 3) { room in
            for index in 0..<width * height {
                let place = index / width / Self.scale * shown.0 + index % width / Self.scale
                let grey = picture.map { $0.pixels[place] } ?? 255
                for channel in 0..<3 { unsafe room[index * 3 + channel] = grey }
            }
            func dot(_ x: Int, _ y: Int, _ colour: Colour) {
                guard (0..<width).contains(x), (0..<height).contains(y) else { return }
                let start = (y * width + x) * 3
                unsafe room[start] = colour.red
                unsafe room[start + 1] = colour.green
                unsafe room[start + 2] = colour.blue
            }
            if let minutiae = record?.minutiae {
                for index in 0..<minutiae.count { Self.mark(minutiae[index], dot) }
            }
            return room.count
        }
        let resolution = picture?.resolution ?? .standard
        png = encodedPNG(
            width: width, height: height, channels: 3, pixels: pixels,
            resolution: Resolution(x: resolution.x * Double(Self.scale), y: resolution.y * Double(Self.scale)))
    }

    private static func mark(_ minutia: Minutia, _ dot: (Int, Int, Colour) -> Void) {
        let (x, y) = (Int(minutia.x) * scale + scale / 2, Int(minutia.y) * scale + scale / 2)
        let colour =
            switch minutia.kind {
            case .ending: Colour(red: 220, green: 0, blue: 0)
            case .bifurcation: Colour(red: 0, green: 60, blue: 230)
            case .other: Colour(red: 0, green: 140, blue: 0)
            }
        if minutia.kind == .bifurcation {
            for offset in -radius...radius {
                for edge in [-radius, radius] {
                    dot(x + offset, y + edge, colour)
                    dot(x + edge, y + offset, colour)
                }
            }
        } else {
            for step in 0..<60 {
                let angle = Double(step) * .pi / 30
                dot(
                    x + Int((Double(radius) * cos(angle)).rounded()), y + Int((Double(radius) * sin(angle)).rounded()),
                    colour)
            }
        }
        // Anticlockwise for the eye, while rows are counted downwards.
        let angle = Double(minutia.angle) * .pi / 128
        for step in 0...Int(lineLength) {
            let distance = Double(step)
            dot(x + Int((distance * cos(angle)).rounded()), y - Int((distance * sin(angle)).rounded()), colour)
        }
    }
}
