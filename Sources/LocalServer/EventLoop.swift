// The loop of the net thread: everything that happens to connections happens here.
import HTTPWire
import Platform
import Secrets

/// Accepts, reads, hands requests to the routes, writes their answers, and watches clients leave and deadlines pass.
///
/// It never waits for a route: answers come back as letters. One request of a connection is handled in each turn, so
/// that a client that sends many at once does not keep others waiting.
final class EventLoop {
    /// Listeners have the tokens from 1 on, in their order, and connections those after them.
    private static let bellToken: UInt64 = 0

    private let poller: Poller
    private let mailbox: Mailbox
    private let limits: ServerLimits
    private let handler: @Sendable (Exchange) -> Void
    private let doorkeeper: Doorkeeper
    private let occupancy: Occupancy
    /// Times are durations since then: the compiler knows them through and through, unlike instants.
    private let start = SuspendingClock().now
    /// When this turn began: the clock is read once in a turn.
    private var now = Duration.zero
    /// No connection has a deadline before this; there may be none at this time either, since deadlines move.
    private var earliestDeadline: Duration?

    private var connections: [UInt64: Connection] = [:]
    /// The places of exchanges that are still worked on although their clients have gone.
    private var orphans: [UInt64: Place] = [:]
    /// Tokens are never used twice: a late event cannot meet the wrong connection.
    private var nextToken: UInt64
    private var nextExchange: UInt64 = 1
    private var stopsBy: Duration?
    private var chunk = [UInt8](repeating: 0, count: ServerLimits.readChunk)
    /// The connections of this turn whose interest may have changed.
    private var touched: [Connection] = []

    init(
        poller: Poller, mailbox: Mailbox, listeners: [any Listener], limits: ServerLimits,
        occupancy: Occupancy, handler: @escaping @Sendable (Exchange) -> Void
    ) {
        self.poller = poller
        self.mailbox = mailbox
        self.limits = limits
        self.handler = handler
        self.occupancy = occupancy
        doorkeeper = Doorkeeper(Dictionary(uniqueKeysWithValues: zip(1..., listeners)), poller: poller)
        nextToken = UInt64(listeners.count) + 1
    }

    /// Registers what the loop listens to; done before its thread starts, so that a failure can be thrown.
    static func watch(_ listeners: [any Listener], _ mailbox: Mailbox, with poller: Poller) throws(SystemError) {
        try poller.add(mailbox.descriptor, token: bellToken, .input)
        for (token, listener) in zip(UInt64(1)..., listeners) {
            if let raw = listener.raw { try poller.add(raw, token: token, .input) }
        }
    }

    /// Runs until the server stops.
    func run() {
        var events: [Event] = []
        while !hasStopped {
            poller.wait(atMost: mailbox.maySleep() ? timeToNextDeadline : .zero, into: &events)
            mailbox.isAwake()
            now = start.duration(to: SuspendingClock().now)
            for event in events { handle(event) }
            for letter in mailbox.collect() { handle(letter) }
            meetDeadlines()
            settle()
            occupancy.set(isOccupied)
        }
        for connection in Array(connections.values) { drop(connection) }
    }

    private func handle(_ event: Event) {
        if event.token == Self.bellToken {
            mailbox.silenceBell()
        } else if let listener = doorkeeper.listener(withToken: event.token) {
            acceptConnection(from: listener)
        } else if let connection = connections[event.token] {
            serve(connection, event)
            touched.append(connection)
        }
    }

    private func handle(_ letter: Letter) {
        switch letter {
        case .answer(let part):
            guard let connection = connections[part.connection] else { return }
            deliver(part, to: connection)
            touched.append(connection)
        case .cut(let serial):
            if let connection = connections[serial] { drop(connection) }
        case .abandoned(let exchange): orphans[exchange] = nil
        case .pause(let answer): answer(doorkeeper.pause() && !isOccupied)
        case .acceptAgain: doorkeeper.resume()
        case .echo(let answer): answer()
        case .stop(let deadline): beginStopping(by: start.duration(to: deadline))
        }
    }

    /// Whether somebody is served, or a request is still worked on.
    private var isOccupied: Bool { !connections.isEmpty || !orphans.isEmpty }

    private func takeToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    // MARK: Arrivals

    /// Accepts one connection: the next turn tells of those that wait after it.
    private func acceptConnection(from listener: any Listener) {
        switch doorkeeper.accept(from: listener) {
        case .connection(let descriptor): admit(descriptor, through: listener)
        case .shed: break
        case .nobody: break
        case .exhausted: doorkeeper.rest(until: now + limits.acceptRest)
        }
    }

    private func admit(_ descriptor: consuming Descriptor, through listener: any Listener) {
        guard let peer = try? listener.peer(of: descriptor.raw) else { return }
        let connection = Connection(
            descriptor, serial: takeToken(), peer: peer, listener: listener,
            parser: RequestParser(limits: limits.request, dialect: listener.dialect))
        guard (try? poller.add(connection.descriptor.raw, token: connection.serial, .input)) != nil else { return }
        let refusal = refusal(for: connection.place)
        connections[connection.serial] = connection
        limit(connection, to: limits.headTime)
        if let refusal { answer(connection, refusal.response) }
        touched.append(connection)
    }

    /// Why a newcomer is refused; nil when there is a place for it.
    ///
    /// Where places are short, the oldest connection that has not sent a whole request yet is refused in the newcomer's stead:
    /// who opens connections and says nothing keeps nobody out.
    private func refusal(for newcomer: Place) -> Refusal? {
        let served = connections.values.lazy.filter(\.isServed)
        guard let shortage = limits.shortage(for: newcomer, beside: Array(orphans.values) + served.map(\.place)) else {
            return nil
        }
        let silent = served.filter { $0.isSilent && shortage.isEased(by: $0.place, for: newcomer) }
        guard let oldest = silent.min(by: Connection.givesWayBefore) else { return shortage.refusal }
        answer(oldest, shortage.refusal.response)
        touched.append(oldest)
        return nil
    }

    // MARK: Requests

    private func serve(_ connection: Connection, _ event: Event) {
        if connection.isGone(event) { return drop(connection) }
        if event.isInput { receive(connection) } else if event.isOutput { flush(connection) }
    }

    private func receive(_ connection: Connection) {
        let received = connection.receive(into: &chunk)
        // What comes after a refusal is thrown away, but may be a body with an OTP all the same.
        if case .bytes(let count) = received {
            if case .reading = connection.phase { connection.parser.append(chunk[..<count]) }
            wipe(&chunk, 0..<count)
        }
        switch (connection.phase, received) {
        case (.reading, .bytes): readRequest(connection)
        case (.reading, .end):
            // A client that has ended its sending still gets the answer to what it sent.
            if connection.parser.stage == .idle { drop(connection) } else { answer(connection, .incomplete) }
        case (.lingering, .end), (_, .failure): drop(connection)
        default: break
        }
    }

    private func readRequest(_ connection: Connection) {
        do throws(HTTPRefusal) {
            if let request = try connection.parser.next() { return begin(request, on: connection) }
            awaitMore(connection)
        } catch {
            answer(connection, error)
        }
    }

    private func begin(_ request: HTTPRequest, on connection: Connection) {
        let exchange = Exchange(
            id: nextExchange, request, from: connection.peer, through: connection.listener.door,
            connection: connection.serial, mailbox: mailbox, streamBacklog: limits.streamBacklog)
        nextExchange += 1
        connection.phase = .exchanging(exchange)
        connection.hasAsked = true
        connection.deadline = nil
        handler(exchange)
    }

    /// Sets the deadline of each part of a request when that part begins; bytes that arrive do not move it.
    private func awaitMore(_ connection: Connection) {
        if connection.parser.takeContinue() {
            connection.queue(HTTPResponse.continue)
            flush(connection)
        }
        let stage = connection.parser.stage
        guard stage != connection.stage else { return }
        switch stage {
        case .head: limit(connection, to: limits.headTime)
        case .body: limit(connection, to: limits.bodyTime)
        case .idle, .ended: return
        }
        connection.stage = stage
    }

    // MARK: Answers

    private func deliver(_ part: AnswerPart, to connection: Connection) {
        guard case .exchanging(let exchange) = connection.phase, exchange.id == part.exchange else { return }
        if part.isLast { connection.deadline = nil }
        connection.queue(part.bytes)
        connection.closesAfterAnswer = part.closes || stopsBy != nil
        if part.isLast { connection.phase = .writing }
        flush(connection)
    }

    private func answer(_ connection: Connection, _ refusal: HTTPRefusal) {
        answer(connection, refusal.response)
    }

    /// Answers without a route, and closes.
    private func answer(_ connection: Connection, _ response: HTTPResponse) {
        connection.queue(response.bytes(closing: true))
        connection.closesAfterAnswer = true
        connection.phase = .writing
        connection.deadline = nil
        flush(connection)
    }

    private func flush(_ connection: Connection) {
        switch connection.flush() {
        case .failure: drop(connection)
        case .some: if connection.deadline == nil { limit(connection, to: limits.answerTime) }
        case .all:
            switch connection.phase {
            case .exchanging: connection.deadline = nil
            case .writing: connection.closesAfterAnswer ? linger(connection) : awaitNext(connection)
            case .reading, .lingering: break
            }
        }
    }

    /// Goes on with the next request, of which bytes may have arrived already.
    private func awaitNext(_ connection: Connection) {
        connection.phase = .reading
        connection.stage = .idle
        limit(connection, to: limits.idleTime)
        readRequest(connection)
    }

    // MARK: Departures

    /// Ends the sending and reads on until the client closes too, so that unread input does not cost it the answer.
    private func linger(_ connection: Connection) {
        connection.endOutput()
        connection.phase = .lingering
        limit(connection, to: limits.lingerTime)
        let lingering = connections.values.filter { !$0.isServed }
        if lingering.count > limits.lingering, let oldest = lingering.min(by: { $0.serial < $1.serial }) {
            drop(oldest)
        }
    }

    private func drop(_ connection: Connection) {
        // Its descriptor leaves epoll when it is closed, at the end of the turn.
        guard connections.removeValue(forKey: connection.serial) != nil else { return }
        if connections.isEmpty { earliestDeadline = nil }
        if case .exchanging(let exchange) = connection.phase, exchange.hangUp() {
            orphans[exchange.id] = connection.place
        }
    }

    /// Tells epoll what the connections of this turn now wait for: only at its end, when a request that was answered at once has
    /// left everything as it was.
    private func settle() {
        for connection in touched where connections[connection.serial] != nil {
            guard connection.interest != connection.registeredInterest else { continue }
            connection.registeredInterest = connection.interest
            let changed: Void? = try? poller.change(
                connection.descriptor.raw, token: connection.serial, connection.interest)
            if changed == nil { drop(connection) }
        }
        touched.removeAll(keepingCapacity: true)
    }

    // MARK: Deadlines

    private func limit(_ connection: Connection, to time: Duration) {
        connection.deadline = now + time
        earliestDeadline = Self.earlier(earliestDeadline, connection.deadline)
    }

    private var timeToNextDeadline: Duration? {
        Self.earlier(earliestDeadline, Self.earlier(doorkeeper.opensAgain, stopsBy)).map { $0 - now }
    }

    private static func earlier(_ one: Duration?, _ other: Duration?) -> Duration? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private func meetDeadlines() {
        doorkeeper.open(at: now)
        guard let earliestDeadline, earliestDeadline <= now else { return }
        for connection in connections.values.filter({ $0.deadline.map { $0 <= now } ?? false }) {
            // A client in the middle of a request is told; one that is silent, or takes no answer, is not.
            if case .reading = connection.phase, [.head, .body].contains(connection.parser.stage) {
                answer(connection, .timedOut)
                touched.append(connection)
            } else {
                drop(connection)
            }
        }
        self.earliestDeadline = connections.values.compactMap(\.deadline).min()
    }

    // MARK: Stopping

    private var hasStopped: Bool {
        guard let stopsBy else { return false }
        return connections.isEmpty || now >= stopsBy
    }

    private func beginStopping(by deadline: Duration) {
        guard stopsBy == nil else { return }
        stopsBy = deadline
        for connection in Array(connections.values) {
            sendAway(connection)
            touched.append(connection)
        }
        doorkeeper.close()
    }

    private func sendAway(_ connection: Connection) {
        switch connection.phase {
        case .reading:
            if connection.parser.stage == .idle {
                drop(connection)
            } else {
                answer(connection, Refusal.stopping.response)
            }
        case .exchanging(let exchange): exchange.withdraw(Refusal.stopping.response)
        case .writing: connection.closesAfterAnswer = true
        case .lingering: break
        }
    }
}
