// Pictures as files: binary PGM, and grey PNG without compression.
package import Biometrics
package import Platform
package import Secrets

/// A file format for 8-bit grey pictures.
package enum PictureFormat: Sendable {
    case pgm, png

    /// The format that a file's name asks for by its ending; nil for endings it does not know.
    package init?(path: some StringProtocol) {
        let path = path.lowercased()
        if path.hasSuffix(".pgm") {
            self = .pgm
        } else if path.hasSuffix(".png") {
            self = .png
        } else {
            return nil
        }
    }
}

extension FingerImage {
    /// The content of a picture file.
    package func encoded(as format: PictureFormat) -> SecretBytes {
        switch format {
        case .pgm: pgm()
        case .png: encodedPNG(width: width, height: height, channels: 1, pixels: pixels, resolution: resolution)
        }
    }

    /// Writes a picture file with mode 0600.
    package func write(_ path: String, as format: PictureFormat) throws(FileError) {
        unsafe try encoded(as: format).withUnsafeBuffer { (bytes) throws(FileError) in
            unsafe try writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: 0o600)
        }
    }

    private func pgm() -> SecretBytes {
        .concatenating([SecretBytes(copying: Array("P5\n\(width) \(height)\n255\n".utf8)), pixels])
    }
}
