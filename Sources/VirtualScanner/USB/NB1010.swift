// Recordings of a NEXT Biometrics NB-1010-U, whose protocol is in clear text.
package import Biometrics
import Secrets

extension USBDevice {
    static let nb1010 = USBDevice(
        path: "/devices/pci0000:00/0000:00:14.0/usb1/1-7", number: 3, port: 7, vendor: 0x298D, product: 0x1010,
        descriptors: "12010002000000408D29101001000102000109022700010100A032"
            + "090400000300000000070581034000050705020240000007058302400000",
        deviceClass: 0, speed: 12)
}

extension Recording {
    /// The pause between two questions of the NB-1010's driver whether a finger is there.
    package static let secondsPerPoll = 0.05

    /// An NB-1010-U that scans some pictures, over and over: umockdev starts such a recording anew at its end.
    ///
    /// The driver asks every 50 ms whether a finger is there, then gives the order to scan and reads 90 packets of two
    /// rows each. umockdev's ioctl tree lists the USB transfers in that order.
    ///
    /// - Parameters:
    ///   - pictures: at least one, each of the model's size.
    ///   - absentPolls: how often "no finger" is answered before each picture; this is what waiting for a finger looks like.
    /// - Returns: the recording; it expects the pictures as they are.
    package static func nb1010(_ pictures: [FingerImage], absentPolls: Int = 2) -> Recording {
        let model = ScannerModel.nb1010
        var tree = IoctlTree(node: USBDevice.nb1010.node)
        for picture in pictures {
            precondition(picture.width == model.width && picture.height == model.height, "not the size of the sensor")
            for _ in 0..<absentPolls { tree.answerFingerPoll(level: 0) }
            tree.answerFingerPoll(level: 0xF7)
            tree.transfer(.output, "800D03000C00000000040000")  // prepare
            tree.transfer(.input, "80200300100000000000000000000000")
            tree.transfer(.output, "8012040020000000020000000000000000000000000000000000000020000000")  // scan
            tree.transfer(.input, "80200400100000000000000003000000")
            picture.pixels.withSpan { pixels in
                let rows = 2 * model.width
                for packet in 0..<(model.height / 2) {
                    let number = [UInt8(packet), 0, 0, 0]
                    let header =
                        "802100001C02000000000000" + hexadecimal(number) + hexadecimal([UInt8](repeating: 0, count: 9))
                    let content = (packet * rows..<(packet + 1) * rows).map { pixels[$0] }
                    tree.transfer(.input, header + hexadecimal(content) + "000000")
                }
            }
        }
        return Recording(
            model: model, device: USBDevice.nb1010.withRootHub, capture: tree.content, expected: pictures)
    }
}

/// umockdev's text form of ioctl calls on a USB device node: the transfers that the driver submitted and got back.
private struct IoctlTree {
    /// The scanner's bulk endpoints.
    enum Endpoint: UInt8 {
        case output = 0x02
        case input = 0x83
    }

    private(set) var content: [UInt8]

    init(node: String) {
        content = Array("@DEV \(node)\nUSBDEVFS_GET_CAPABILITIES 0 FD010000\n".utf8)
    }

    /// One finished bulk transfer (URB type 3, status 0) with its data in hexadecimal.
    mutating func transfer(_ endpoint: Endpoint, _ data: String) {
        let length = data.utf8.count / 2
        content += "USBDEVFS_REAPURBNDELAY 0 3 \(endpoint.rawValue) 0 0 \(length) \(length) 0 \(data)\n".utf8
    }

    /// The question whether a finger is there, and the answer: its level must pass 40 of 255 for yes.
    mutating func answerFingerPoll(level: UInt8) {
        transfer(.output, "8038010008000000")
        transfer(.input, "803701001000000000000000" + hexadecimal([level, 0, 0, 0]))
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
