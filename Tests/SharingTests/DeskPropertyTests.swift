// The promises of the desk in thousands of random lives.
import Sharing
import Testing

/// One random step: people come and go, fingers touch and leave, cables are pulled, timers are late.
private func randomStep(_ model: inout DeskModel, _ random: inout SplitMix64) throws {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<34:
        let wait: Duration =
            Bool.random(using: &random) ? .milliseconds(Int.random(in: 0...20_000, using: &random)) : .zero
        try model.ask(
            .of(
                UInt32.random(in: 1...UInt32(model.users), using: &random),
                wait: Int.random(in: 0..<4, using: &random) == 0 ? wait : .seconds(60),
                capture: .milliseconds(Int.random(in: 0...20_000, using: &random))))
    case 34..<42:
        if let leaving = model.waiting.randomElement(using: &random) { try model.leave(leaving.ticket) }
    case 42..<45:
        if let holder = model.holder { try model.leave(holder.ticket) }
    case 45..<48:
        if let past = model.finished.min() {
            try model.leave(past)
            try model.release(past, success: true)
        }
    case 48..<64:
        if let holder = model.holder { try model.release(holder.ticket, success: Bool.random(using: &random)) }
    case 64..<71: try model.fingerPlaced()
    case 71..<78: try model.fingerLifted()
    case 78..<80:
        let state = DeviceStatus.State.allCases.randomElement(using: &random) ?? .ready
        let newer = state == .absent ? 0 : UInt64.random(in: 0...1, using: &random)
        try model.deviceChanged(DeviceStatus(state, generation: model.device.generation + newer))
    case 80..<84: try model.deviceChanged(DeviceStatus(.ready, generation: model.device.generation))
    case 84..<90:
        // The timer, on time.
        if let deadline = model.queue.nextDeadline {
            model.pass(model.now.duration(to: deadline))
            try model.wake()
        }
    case 90..<96:
        model.pass(.milliseconds(Int.random(in: 0...500, using: &random)))
        try model.wake()
    default:
        // The timer is late: the next step comes before it.
        model.pass(.milliseconds(Int.random(in: 0...3_000, using: &random)))
    }
}

@Test func `no promise is broken in any of many random lives`() throws {
    var outcomes: [Outcome: UInt64] = [:]
    for seed in 0..<36 as Range<UInt64> {
        var random = SplitMix64(seed: seed)
        let device = DeviceStatus(DeviceStatus.State.allCases[Int(seed % 3)], generation: 1)
        var model = DeskModel(users: 1 + Int(seed % 18), seed: seed, device: device)
        for _ in 0..<600 { try randomStep(&model, &random) }
        try model.shutDown()
        try model.ask(.of(1))
        if let holder = model.holder { try model.release(holder.ticket, success: true) }
        if let deadline = model.queue.nextDeadline {
            model.pass(model.now.duration(to: deadline))
            try model.wake()
        }
        #expect(model.queue.isClosed)
        #expect(model.finished.count == Int(model.asked), "seed \(seed): every request has ended")
        #expect(model.queue.nextDeadline == nil, "seed \(seed): a closed desk sleeps")
        outcomes.merge(model.ended, uniquingKeysWith: +)
    }
    // The lives were eventful: each way to end was taken.
    for reason in DeskRefusal.Reason.allCases { #expect(outcomes[.refused(reason), default: 0] > 0, "\(reason)") }
    #expect(outcomes[.succeeded, default: 0] > 0 && outcomes[.failed, default: 0] > 0)
}

@Test func `with everybody asking for more than can be had, each user gets the same`() throws {
    // Eight users keep four requests each in line; the first of them asks four times as often as the last.
    var random = SplitMix64(seed: 8)
    var model = DeskModel(users: 8, seed: 8, device: .ready)
    var served: [UInt32: Int] = [:]
    for _ in 0..<200 {
        for user in 1...8 as ClosedRange<UInt32> {
            for _ in 0..<Int.random(in: 1...(user == 1 ? 8 : 2), using: &random) {
                try model.ask(.of(user, wait: .seconds(60)))
            }
        }
        let holder = try #require(model.queue.holder)
        served[holder.request.user, default: 0] += 1
        try model.release(holder.ticket, success: false)
    }
    let counts = (1...8 as ClosedRange<UInt32>).map { served[$0, default: 0] }
    let (least, most) = (try #require(counts.min()), try #require(counts.max()))
    // The lives before the line was full may give one turn more.
    #expect(most - least <= 2, "\(counts)")
}
