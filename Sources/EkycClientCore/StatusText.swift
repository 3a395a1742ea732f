// pidd's state as one screen of text.
import EkoAPI
import PiddClient

/// pidd's state as one screen of text.
enum StatusText {
    /// The screen: version, scanners, who has the scanner, who waits, and what has happened.
    ///
    /// - Parameters:
    ///   - status: what pidd says.
    ///   - userName: the name of a user by number.
    /// - Returns: lines with their ends.
    static func screen(_ status: PiddStatus, userName: (Int) -> String) -> String {
        func who(_ party: Party) -> String {
            let program = short(party.program ?? "a program")
            return "\(program) of \(party.uid.map(userName) ?? "somebody")"
                + (party.requestID.map { ", request \(short($0))" } ?? "")
        }
        let desk = status.desk
        var rows: [(name: String, text: String)] = [
            (
                "pidd",
                "\(short(status.version)), for \(time(status.uptimeMilliseconds))\(desk.closing ? ", stopping" : "")"
            )
        ]
        rows += status.scanners.map { scanner in
            let name = [scanner.maker, scanner.model].filter { !$0.isEmpty }.joined(separator: " ")
            let attempt = scanner.attempt.flatMap { $0 > 1 ? ", attempt \($0)" : nil } ?? ""
            let reason = scanner.reason.map { ": \(short($0, 160))" } ?? ""
            let mark = scanner.isDefault == true && status.scanners.count > 1 ? ", the default" : ""
            return (
                "scanner", "\(short(name)) (\(short(scanner.id))), \(short(scanner.state))\(attempt)\(mark)\(reason)"
            )
        }
        if status.scanners.isEmpty { rows.append(("scanner", "none is attached")) }
        let lanes = desk.allLanes
        // Nobody needs to be told which scanner where there is one.
        func at(_ lane: DeskDescription.Lane) -> String { lanes.count > 1 ? " at \(short(lane.device))" : "" }
        let busy = lanes.filter { $0.holder != nil || $0.state == "lifting" }
        rows += busy.map { lane in
            guard let holder = lane.holder else { return ("in use", "no\(at(lane)); the last finger is still on it") }
            let times = "for \(time(holder.heldMilliseconds)), at most \(time(holder.remainingMilliseconds)) more"
            return ("in use", "by \(who(holder))\(at(lane)), \(times)")
        }
        if busy.isEmpty { rows.append(("in use", "no")) }
        let waiting = lanes.flatMap { lane in lane.waiting.enumerated().map { (lane, $0, $1) } }
        rows += waiting.map { lane, index, party in
            let times = "waits for \(time(party.waitedMilliseconds)), at most \(time(party.remainingMilliseconds)) more"
            return ("in line", "\(party.position ?? index + 1). \(who(party))\(at(lane)), \(times)")
        }
        if waiting.isEmpty { rows.append(("in line", "nobody")) }
        let ended = desk.counters.ended.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "\($0.value) \(short($0.key))" }
        rows.append(
            ("captures", "\(desk.counters.asked) asked for\(ended.isEmpty ? "" : ": ")\(ended.joined(separator: ", "))")
        )
        // The name of a row stands once for all of its kind.
        return rows.indices.map { index in
            let name = index > 0 && rows[index - 1].name == rows[index].name ? "" : rows[index].name
            return name + String(repeating: " ", count: 10 - name.count) + rows[index].text + "\n"
        }.joined()
    }

    /// A text of another program on one line of bounded length.
    private static func short(_ text: String, _ length: Int = 60) -> String { shown(String(text.prefix(length))) }

    /// A length of time in its largest unit, or the largest two.
    private static func time(_ milliseconds: Int?) -> String {
        let seconds = max(0, milliseconds ?? 0) / 1000
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        case ..<86400: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86400) d \(seconds / 3600 % 24) h"
        }
    }
}

/// An event of pidd as one line of text.
enum EventText {
    /// The event's name and then everything else it says, in the order of names.
    static func line(_ event: JSONValue) -> String {
        guard var members = event.object else { return shown(event.json) }
        let name = members.removeValue(forKey: "event")?.text ?? "?"
        members["seq"] = nil
        let parts = members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text ?? $0.value.json)" }
        let title = name + String(repeating: " ", count: max(0, 14 - name.count))
        return shown(([title] + parts).joined(separator: " "))
    }
}
