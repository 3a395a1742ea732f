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
        case .png: png()
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

    /// PNG (ISO/IEC 15948): signature, IHDR, one IDAT in "stored" deflate blocks (RFC 1950, 1951), IEND.
    private func png() -> SecretBytes {
        let pixelsPerMetre = (
            x: UInt32((resolution.x / 0.0254).rounded()), y: UInt32((resolution.y / 0.0254).rounded())
        )
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 0, 0, 0, 0]  // 8 bits, grey
        let physical = bigEndian(pixelsPerMetre.x) + bigEndian(pixelsPerMetre.y) + [1]

        // Each row begins with its filter, 0 for none.
        let rowLength = width + 1
        let total = rowLength * height
        let blocks = (total + maximumStoredBlock - 1) / maximumStoredBlock
        let data = unsafe SecretBytes(capacity: 2 + blocks * 5 + total + 4) { room in
            var filled = 0
            func append(_ byte: UInt8) {
                unsafe room[filled] = byte
                filled += 1
            }
            append(0x78)
            append(0x01)
            var (low, high): (UInt32, UInt32) = (1, 0)  // Adler-32
            for index in 0..<total {
                if index % maximumStoredBlock == 0 {
                    let length = UInt16(min(maximumStoredBlock, total - index))
                    append(index + Int(length) == total ? 1 : 0)
                    for word in [length, ~length] {
                        append(UInt8(truncatingIfNeeded: word))
                        append(UInt8(truncatingIfNeeded: word >> 8))
                    }
                }
                let column = index % rowLength
                let byte = column == 0 ? 0 : pixels[index / rowLength * width + column - 1]
                append(byte)
                low = (low + UInt32(byte)) % 65521
                high = (high + low) % 65521
            }
            for byte in bigEndian(high << 16 | low) { append(byte) }
            return filled
        }
        return .concatenating([
            SecretBytes(copying: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
            pngChunk("IHDR", SecretBytes(copying: header)),
            pngChunk("pHYs", SecretBytes(copying: physical)),
            pngChunk("IDAT", data),
            pngChunk("IEND", SecretBytes(copying: [])),
        ])
    }
}

/// The largest "stored" block of deflate.
private let maximumStoredBlock = 65535

private func bigEndian(_ number: UInt32) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
}

private func pngChunk(_ type: String, _ data: SecretBytes) -> SecretBytes {
    let body = SecretBytes.concatenating([SecretBytes(copying: Array(type.utf8)), data])
    return .concatenating([
        SecretBytes(copying: bigEndian(UInt32(data.count))), body, SecretBytes(copying: bigEndian(crc32(body))),
    ])
}

/// The check sum of PNG chunks, bit by bit: pictures are few and small.
private func crc32(_ bytes: SecretBytes) -> UInt32 {
    bytes.withSpan { span in
        var sum: UInt32 = 0xFFFF_FFFF
        for index in span.indices {
            sum ^= UInt32(span[index])
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
