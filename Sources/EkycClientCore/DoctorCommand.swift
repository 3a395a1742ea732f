// `ekyc-client doctor`: everything on the client's side that has to be right for an eKYC.
import Arguments
import EkoAPI
import Platform

/// The command that says what is wrong, and what to do about it.
enum DoctorCommand {
    static let doctor = Command<Options>(
        "ekyc-client doctor",
        summary: "Looks at settings, pidd, scanner, keys and the way to Eko, and says what to do about what is wrong.",
        notes: """
            It captures nothing and sends Eko neither keys nor data: it only asks each address who is there.
            Exit status: 0 nothing failed (there may be warnings), 1 something failed, 64 usage.
            Example:
              ekyc-client doctor --offline
            """,
        [.flag("offline", help: "leave the network alone", \.offline), Shared.socket, Shared.device]
            + Shared.service + [Shared.fingpayKey] + Shared.general)

    /// Examines everything and prints the report.
    static func run(_ options: Options) -> Int32 {
        let console = Console(options)
        var checks: [Check]
        do throws(Failure) {
            let configuration = try Configuration(options)
            let files = configuration.sources.joined(separator: ", ")
            checks = [
                Check(
                    "settings", "settings", .ok, files.isEmpty ? "no file; command line and environment only" : files)
            ]
            checks += PiddChecks(configuration: configuration).checks()
            checks += EkoChecks(configuration: configuration, isOffline: options.offline).checks()
        } catch {
            checks = [Check("settings", "settings", failed: error)]
        }
        let isHealthy = !checks.contains { $0.verdict == .fail }
        let object = JSONValue.object([
            "version": .text(EkycClient.version), "healthy": .bool(isHealthy),
            "checks": .array(
                checks.map { check in
                    .object([
                        "group": .text(check.group), "name": .text(check.name),
                        "verdict": .text(check.verdict.rawValue),
                        "finding": .text(check.finding), "next_step": .text(check.nextStep),
                    ])
                }),
        ])
        do throws(Failure) {
            try Console.write(Array((console.isJSON ? object.json + "\n" : shownReport(checks)).utf8))
        } catch {
            console.fail(error)
            return error.exit.rawValue
        }
        return (isHealthy ? ExitCode.done : .failed).rawValue
    }

    /// The report, with what other programs said made fit for a terminal.
    private static func shownReport(_ checks: [Check]) -> String {
        reportText(
            checks.map { Check($0.group, $0.name, $0.verdict, shown($0.finding), nextStep: shown($0.nextStep)) })
    }
}
