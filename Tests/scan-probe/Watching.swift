// A long-running host, moved by lines on standard input.
import Glibc
import Platform
import Scanner

/// Prints `scanners ID:CONDITION*#GENERATION ...` after every change, and answers commands.
///
/// `*` marks the default scanner. The commands:
///
///   capture N SECONDS [ID]   a capture in the background, then `captured N SIZE HASH` or `failed N CODE MILLISECONDS CAUSE`
///   explain                  `explained TEXT` with the reason of each scanner that cannot be used
///   memory                   `memory RSS-IN-KIB OPEN-FILES`
struct Watching {
    let preferred: String?

    func run() async {
        let configuration = ScannerConfiguration(
            preferred: preferred,
            onScannersChange: { scanners in
                tell(
                    "scanners",
                    scanners.map {
                        "\($0.info.id):\($0.condition.word)\($0.isDefault ? "*" : "")#\($0.info.generation)"
                    })
            })
        let host = ScannerHost(configuration: configuration)
        await host.start()
        tell("started", [])
        let (lines, more) = AsyncStream.makeStream(of: [String].self)
        startThread("input") {
            while let line = Swift.readLine() { more.yield(line.split(separator: " ").map(String.init)) }
            more.finish()
        }
        for await line in lines {
            switch line.first {
            case "capture": Task { await capture(host, Array(line.dropFirst())) }
            case "explain": tell("explained", host.scanners.map { "\($0.condition)" })
            case "memory": tell("memory", memory())
            default: tell("unknown", line)
            }
        }
        await host.stop()
        tell("stopped", [])
    }

    private func capture(_ host: ScannerHost, _ words: [String]) async {
        let number = words.first ?? "?"
        let began = SuspendingClock().now
        do throws(ScannerError) {
            let seconds = words.count > 1 ? Double(words[1]) ?? 10 : 10
            let id = words.count > 2 ? words[2] : nil
            let image = try await host.capture(timeout: .seconds(seconds), from: id) { event in
                tell("event", [number, "\(event)"])
            }
            tell("captured", [number, describe(image)])
            _ = await host.settle(within: .seconds(5), of: id)
            tell("settled", [number])
        } catch {
            let milliseconds = Int((SuspendingClock().now - began) / .milliseconds(1))
            tell("failed", [number, error.code, "\(milliseconds)", error.cause])
        }
    }

    private func memory() -> [String] {
        func field(_ file: String, _ name: String) -> String {
            let text = (try? readKernelFile(file, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
            return String(line.filter(\.isNumber))
        }
        var files = 0
        for descriptor in 0..<Int32(1024) where fcntl(descriptor, F_GETFD) >= 0 { files += 1 }
        return [field("/proc/self/status", "VmRSS"), "\(files)"]
    }
}

private func tell(_ what: String, _ values: [String]) {
    print(([what] + values).joined(separator: " ") + "\n", to: STDOUT_FILENO)
}
