// The archive of `pidd doctor --bundle`: what somebody who helps needs to know, and nothing that names a person or a scanner.
package import Platform
import Scanner
import Sharing

extension DoctorReport {
    /// Writes the report and its papers, redacted, to a tar archive of mode 0600, all or nothing.
    ///
    /// - Throws: `FileError`.
    package func write(bundle path: String, home: String?) throws(FileError) {
        let papers: [(String, String)] =
            [("report.txt", text), ("report.json", jsonLine), ("versions.txt", versions())]
            + self.papers.map { ($0.name, $0.text) }
        var archive = TarArchive(at: wallClockSeconds())
        for (name, text) in papers { archive.add("pidd-doctor/\(name)", Array(redacted(text, home: home).utf8)) }
        let bytes = archive.finish()
        try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
            try unsafe writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: 0o600)
        }
    }
}

/// The settings that hold, for people who help, without what names persons, the machine or a scanner: of such, only whether
/// and how many there are.
func settingsPaper(_ settings: DaemonSettings) -> String {
    let rules = AccessOperation.allCases.map { operation in
        let names = settings.access[operation].map { $0.text == "*" ? "everybody" : "a name" }
        return "\(operation.rawValue) = \(names.isEmpty ? "nobody" : names.joined(separator: ", "))"
    }
    let (loopback, provider, capture) = (settings.loopback, settings.provider, settings.capture)
    func told(_ value: Any?) -> String { value == nil ? "(not set)" : "(set)" }
    let sections: [(String, [String])] = [
        (
            "server",
            [
                "socket = \(settings.socket)", "mode = \(octal(settings.socketMode))",
                "group = \(settings.socketGroup ?? "(of the process)")",
                "idle-exit = \(settings.idle.quiet.components.seconds)",
            ]
        ),
        ("identity", ["state = \(settings.state)", "configuration = \(settings.configuration)"]),
        (
            "scanner",
            [
                "table = \(settings.scannerTable ?? "(installed or built in)")",
                "id = \(settings.scannerID == nil ? "(first usable)" : "(set)")",
            ]
        ),
        (
            "capture",
            [
                "strict = \(capture.isStrict ? "yes" : "no")", "quality-target = \(capture.quality.target)",
                "quality-minimum = \(capture.quality.minimum)", "fir-ratio = \(Int(capture.imageRate))",
            ]
        ),
        (
            "loopback",
            [
                "enabled = \(loopback.isEnabled ? "yes" : "no")",
                "ports = \(loopback.ports.lowerBound)-\(loopback.ports.upperBound)",
                "origins = \(loopback.origins.map(\.text).joined(separator: ", "))",
                "hosts = (\(loopback.hosts.count))", "discovery = \(loopback.discovery.rawValue)",
                "content-type = \(loopback.documentType.rawValue)",
            ]
        ),
        // The URI of a key may hold a PIN.
        (
            "provider",
            [
                "dpId = \(provider.dpId)", "rdsId = \(provider.rdsId)", "mi = \(provider.mi)",
                "idHash = \(told(provider.idHash))", "key = \(told(provider.key))", "hook = \(provider.hook ?? "")",
            ]
        ),
        ("access", rules),
    ]
    return sections.map { name, lines in "[\(name)]\n\(lines.joined(separator: "\n"))\n" }.joined()
}

/// All USB devices without their serial numbers.
func usbPaper(_ devices: [USBDevice]) -> String {
    devices.map { device in
        "\(device.path) \(device.vendorProduct) power/control \(device.powerControl ?? "?")\n"
    }.joined()
}

/// pidd, distribution, kernel, and the libraries that drive scanners, without the machine's name.
private func versions() -> String {
    let release = (try? readFile("/etc/os-release", limit: 16 * 1024)) ?? []
    let name = String(decoding: release, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("PRETTY_NAME=") }.map { $0.dropFirst(12).filter { $0 != "\"" } }
    let kernel = (try? readKernelFile("/proc/sys/kernel/osrelease", limit: 256)) ?? []
    var lines = [
        "pidd \(piddVersion)", "system \(name ?? "Linux")",
        "kernel \(String(decoding: kernel, as: UTF8.self).filter { !$0.isWhitespace })",
    ]
    // The libraries have no call for it; the names of their packages' files do.
    for library in ["libfprint-2-2", "libusb-1.0-0", "libgusb2", "libglib2.0-0"] {
        lines.append("\(library) \(packageVersion(library) ?? "(not known)")")
    }
    return lines.joined(separator: "\n") + "\n"
}

/// The version of an installed Debian package, as dpkg has noted it.
private func packageVersion(_ package: String) -> String? {
    guard let status = try? readFile("/var/lib/dpkg/status", limit: DoctorLimits.packages) else { return nil }
    let text = String(decoding: status, as: UTF8.self)
    guard let start = text.firstRange(of: "Package: \(package)\n")?.upperBound else { return nil }
    let paragraph = text[start...].prefix(DoctorLimits.packageParagraph)
    let end = paragraph.firstRange(of: "\n\n")?.lowerBound ?? paragraph.endIndex
    return paragraph[..<end].split(separator: "\n").first { $0.hasPrefix("Version: ") }.map { String($0.dropFirst(9)) }
}
