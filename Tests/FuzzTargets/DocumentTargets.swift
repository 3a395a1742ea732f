// XML of the RD dialect: what clients ask for, and what any vendor's service answers.
import RDProtocol
import Secrets

extension FuzzTarget {
    static let pidOptions = FuzzTarget(name: "pid-options", largestInput: 4096) { input in
        guard let options = try? PidOptions(parsing: SecretBytes(copying: input)) else { return }
        guard let again = try? PidOptions(parsing: options.xml()) else {
            return promise(false, "options that were taken are taken again")
        }
        promise(again == options, "options come back as they were")
        promise((0...10).contains(options.fCount), "the count of fingers is in its limits")
        promise((1...99_999).contains(options.timeoutMilliseconds), "the timeout is in its limits")
        promise(options.otp.map { $0.count == 6 } ?? true, "an OTP has 6 digits")
    }

    static let pidData = FuzzTarget(name: "pid-data", largestInput: 8192) { input in
        guard let report = try? PidDataReport(parsing: input) else { return }
        promise(report.isSuccess == (report.errCode == "0"), "success is errCode 0")
    }
}
