// What both doctors print with `--json`.

struct DoctorVerdict: Decodable {
    struct Entry: Decodable {
        let group, name, verdict, finding, next_step: String
    }
    let healthy: Bool
    let checks: [Entry]

    /// The words of the checks with a verdict.
    func names(_ verdict: String) -> Set<String> { Set(checks.filter { $0.verdict == verdict }.map(\.name)) }
    func finding(_ name: String) -> String { checks.first { $0.name == name }?.finding ?? "" }
}
