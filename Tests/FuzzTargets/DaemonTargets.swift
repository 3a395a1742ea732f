// What the daemon reads beside PidOptions: captures in JSON, and the head of what comes through the loopback door.
import HTTPWire
import LocalServer
import PiddCore
import RDProtocol
import Secrets

extension FuzzTarget {
    static let captureOptions = FuzzTarget(name: "capture-options", largestInput: 4096) { input in
        do throws(Failure) {
            let options = try CaptureOptions.read(SecretBytes(copying: input))
            promise((1...10).contains(options.fCount), "the count of fingers is in its limits")
            promise((1...99_999).contains(options.timeoutMilliseconds), "the timeout is in its limits")
            promise((0...100).contains(options.minimumQuality ?? 0), "the least quality is in its limits")
            promise(options.otp.map { $0.count == 6 } ?? true, "an OTP has 6 digits")
        } catch {
            promise(error.status == 400, "a body that cannot be used is the fault of its sender")
        }
    }

    static let loopback = FuzzTarget(name: "loopback", largestInput: 4096) { input in
        var parser = RequestParser(dialect: .rdClients)
        parser.append(input)
        guard let request = try? parser.next() else { return }
        guard case .site(let origin) = Visitor(request, port: 11100, doors) else { return }
        let text = origin.lowercased()
        let isListed = text == "https://portal.example" || text == "https://portal.example:443"
        let isBelow =
            text.hasPrefix("https://") && (text.hasSuffix(".bank.example") || text.hasSuffix(".bank.example:443"))
        promise(isListed || isBelow, "only listed origins are sites")
        promise(request.headers.values(of: "Origin").count == 1, "a request of two origins is a stranger's")
    }

    private static let doors: LoopbackSettings = {
        var settings = LoopbackSettings()
        settings.origins = ["https://portal.example", "https://*.bank.example"].compactMap { OriginRule($0) }
        return settings
    }()
}
