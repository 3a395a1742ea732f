// Who has a USB device open.
import Glibc
import Platform

extension USBPlace {
    /// The device file, such as /dev/bus/usb/001/003; nil when the device has gone.
    package func node(root: String = "/sys/bus/usb/devices") -> String? {
        func number(_ attribute: String) -> Int? {
            guard let bytes = try? readFile("\(root)/\(path)/\(attribute)", limit: Limits.attribute) else { return nil }
            return Int(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber })
        }
        guard let bus = number("busnum"), let device = number("devnum") else { return nil }
        func padded(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number)"
        }
        return "/dev/bus/usb/\(padded(bus))/\(padded(device))"
    }
}

/// Other processes that have a file open, as `program (pid N)`; only those that this process may look into.
package func otherHolders(of file: String, proc: String = "/proc") -> [String] {
    let own = getpid()
    return folderNames(proc).compactMap { Int32($0) }.filter { $0 != own }.sorted().compactMap { process in
        let descriptors = "\(proc)/\(process)/fd"
        guard folderNames(descriptors).contains(where: { linkTarget("\(descriptors)/\($0)") == file }) else {
            return nil
        }
        let name = (try? readKernelFile("\(proc)/\(process)/comm", limit: Limits.attribute)) ?? []
        return "\(cleanedSerial(String(decoding: name, as: UTF8.self)) ?? "a program") (pid \(process))"
    }
}

private func linkTarget(_ path: String) -> String? {
    var target = [UInt8](repeating: 0, count: Limits.attribute)
    let length = unsafe target.withUnsafeMutableBytes {
        unsafe readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return length > 0 ? String(decoding: target.prefix(length), as: UTF8.self) : nil
}
