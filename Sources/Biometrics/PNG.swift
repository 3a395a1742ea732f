// PNG files (ISO/IEC 15948) without compression: signature, IHDR, pHYs, one IDAT in "stored" deflate blocks, IEND.
package import Secrets

/// A picture file in grey or colour; it is not made smaller, because people look at it once.
///
/// - Parameters:
///   - width: pixels in a row.
///   - height: rows.
///   - channels: 1 for grey, 3 for red, green and blue.
///   - pixels: `width * height * channels` values, top row first.
///   - resolution: so that programs can show it in its true size.
/// - Returns: the content of the file.
package func encodedPNG(
    width: Int, height: Int, channels: Int, pixels: SecretBytes, resolution: Resolution
) -> SecretBytes {
    precondition(
        [1, 3].contains(channels) && pixels.count == width * height * channels, "pixels do not fill the picture")
    let header = bigEndian(width) + bigEndian(height) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
    let perMetre = [resolution.x, resolution.y].flatMap { bigEndian(Int(($0 / 0.0254).rounded())) }
    return .concatenating([
        SecretBytes(copying: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        chunk("IHDR", SecretBytes(copying: header)),
        chunk("pHYs", SecretBytes(copying: perMetre + [1])),
        chunk("IDAT", stored(pixels, rowLength: width * channels)),
        chunk("IEND", SecretBytes(copying: [])),
    ])
}

/// The largest "stored" block of deflate (RFC 1951).
private let largestBlock = 65535

/// Rows, each after its filter byte 0 for none, as a zlib stream (RFC 1950).
private func stored(_ pixels: SecretBytes, rowLength: Int) -> SecretBytes {
    let total = pixels.count + pixels.count / rowLength
    let blocks = (total + largestBlock - 1) / largestBlock
    return unsafe SecretBytes(capacity: 2 + blocks * 5 + total + 4) { room in
        var filled = 0
        func append(_ byte: UInt8) {
            unsafe room[filled] = byte
            filled += 1
        }
        append(0x78)
        append(0x01)
        var (low, high): (UInt32, UInt32) = (1, 0)  // Adler-32
        pixels.withSpan { pixels in
            for index in 0..<total {
                if index % largestBlock == 0 {
                    let length = UInt16(min(largestBlock, total - index))
                    append(index + Int(length) == total ? 1 : 0)
                    for word in [length, ~length] {
                        append(UInt8(truncatingIfNeeded: word))
                        append(UInt8(truncatingIfNeeded: word >> 8))
                    }
                }
                let (row, column) = index.quotientAndRemainder(dividingBy: rowLength + 1)
                let byte = column == 0 ? 0 : pixels[row * rowLength + column - 1]
                append(byte)
                low = (low + UInt32(byte)) % 65521
                high = (high + low) % 65521
            }
        }
        for byte in bigEndian(Int(high << 16 | low)) { append(byte) }
        return filled
    }
}

private func bigEndian(_ number: Int) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
}

private func chunk(_ type: String, _ data: SecretBytes) -> SecretBytes {
    let body = SecretBytes.concatenating([SecretBytes(copying: Array(type.utf8)), data])
    return .concatenating([
        SecretBytes(copying: bigEndian(data.count)), body, SecretBytes(copying: bigEndian(Int(crc32(body)))),
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
