// The daemon's life: the rooms are opened in order, and closed within two seconds.
import Glibc
import HTTPWire
import LocalServer
import PIDSeal
import Platform
import Scanner
import Sharing

/// A running pidd.
package struct Daemon: Sendable {
    private let scanner: ScannerHost
    private let desk: CaptureDesk
    private let server: LocalServer
    private let journal: Journal
    private let listener: UnixListener

    /// Opens the socket, then looks for a scanner; returns while the scanner is still being opened.
    ///
    /// - Parameters:
    ///   - settings: how to run.
    ///   - farewell: told of the socket that it has to remove.
    /// - Throws: an `ExplainedError` when the socket cannot be had.
    package init(_ settings: DaemonSettings, farewell: Farewell) async throws {
        let journal = farewell.journal
        let (changes, publish) = AsyncStream.makeStream(
            of: [AttachedScanner].self, bufferingPolicy: .bufferingNewest(64))
        let scanner = ScannerHost(
            configuration: ScannerConfiguration(
                allowVirtual: settings.allowVirtualScanner, table: try ScannerTable(path: settings.scannerTable),
                preferred: settings.scannerID, onScannersChange: { publish.yield($0) }))
        let desk = CaptureDesk()
        let log = RequestLog(journal)
        let devices = RegisteredDevices(KeyStore(state: settings.state, configuration: settings.configuration))
        let captures = CaptureService(scanner: scanner, desk: desk, devices: devices, log: log, rules: settings.capture)
        let router = Router(
            rd: RDRoutes(service: RDService(scanner: scanner, devices: devices), captures: captures),
            api: APIRoutes(captures: captures, scanner: scanner, desk: desk, log: log), rules: settings.access,
            log: log,
            loopback: LoopbackDoor(settings: settings.loopback, rules: settings.access, log: log, page: PageFiles())
        )
        let listener = try UnixListener(
            path: settings.socket, mode: settings.socketMode, group: settings.socketGroup)
        farewell.follow(listener)
        let loopback = Self.openLoopback(settings.loopback, journal)
        server = try LocalServer(listeners: [listener] + loopback) { router.handle($0) }
        self.listener = listener
        self.scanner = scanner
        self.desk = desk
        self.journal = journal
        Task {
            var known: [AttachedScanner] = []
            for await scanners in changes {
                await desk.scannersChanged { scanner.statuses }
                for pairs in scannerNews(from: known, to: scanners) { journal.note("scanner", pairs) }
                known = scanners
            }
        }
        await scanner.start()
        await desk.scannersChanged { scanner.statuses }
        try server.start()
        if let port = loopback.first?.port { journal.note("loopback", [("port", "\(port)")]) }
        journal.note("ready", [("socket", settings.socket), ("scanner", scanner.state.word)])
    }

    /// The listeners of the loopback door; none when it is off or cannot be opened, for the socket serves all the same.
    private static func openLoopback(_ settings: LoopbackSettings, _ journal: Journal) -> [LoopbackListener] {
        var listeners: [LoopbackListener] = []
        do throws(ListenError) {
            let handedOver = InheritedSocket.all(of: getpid()) { name in
                unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
            }
            for socket in handedOver where !socket.isUnix {
                listeners.append(try LoopbackListener(inheriting: socket.descriptor))
            }
            if listeners.isEmpty, settings.isEnabled { listeners = try LoopbackListener.open(ports: settings.ports) }
        } catch {
            journal.note("the loopback door stays closed", error)
        }
        return listeners
    }

    /// Answers those who wait with 503, ends a capture that runs, and closes the scanner.
    ///
    /// `Farewell` sees to it that the process ends in time even if this hangs; the kernel then frees the scanner.
    package func stop() async {
        // The desk first: it tells those who listen, and from then on everything that ends a capture is answered with 503,
        // whatever the scanner makes of it. Who has no answer by then gets it from the server.
        await desk.shutDown()
        async let told: Void = server.stop(within: Limits.farewell)
        async let closed: Void = scanner.stop()
        _ = await (told, closed)
        journal.note("stopped")
        journal.flush(within: Limits.lastWords)
    }
}

extension ScannerHost {
    /// The desk's view of all scanners.
    nonisolated var statuses: [String: DeviceStatus] {
        Dictionary(scanners.map { ($0.info.id, DeviceStatus($0)) }) { first, _ in first }
    }
}

extension DeviceStatus {
    /// The desk's view of a scanner: only one that is or will be usable makes it worth waiting in line.
    init(_ scanner: AttachedScanner) {
        let generation = UInt64(scanner.info.generation)
        switch scanner.condition {
        case .cooling, .failed, .unsupported: self.init(.absent, generation: generation)
        case .starting, .recovering: self.init(.starting, generation: generation)
        // One that is unused is opened by its next capture.
        case .unused, .ready, .capturing: self.init(.ready, generation: generation)
        }
    }
}

/// What the journal says of a change: a line for each scanner that came, went, or does something else than before.
private func scannerNews(
    from old: [AttachedScanner], to new: [AttachedScanner]
) -> [[(key: String, value: String)]] {
    let gone = old.filter { scanner in !new.contains { $0.info.id == scanner.info.id } }
    return gone.map { [("state", "absent"), ("id", $0.info.id)] }
        + new.filter { !old.contains($0) }.map { scanner in
            let info = scanner.info
            let reason = scanner.condition.reason.map { [("reason", $0)] } ?? []
            return [
                ("state", scanner.condition.word), ("id", info.id), ("driver", info.driver),
                ("generation", "\(info.generation)"),
            ] + reason
        }
}
