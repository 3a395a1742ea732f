// The daemon's life: the rooms are opened in order, and closed within two seconds.
import Glibc
import HTTPWire
package import LocalServer
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
    private let manager: ServiceManager

    /// Opens the socket, then looks for a scanner; returns while the scanner is still being opened.
    ///
    /// - Parameters:
    ///   - settings: how to run.
    ///   - farewell: told of the socket that it has to remove.
    ///   - manager: told when the daemon is ready, lives and stops.
    ///   - inherited: sockets that the service manager keeps open; they take the place of the one in the settings.
    ///   - onIdle: called once when nobody has needed the daemon for a while and `inherited` bring it back.
    /// - Throws: an `ExplainedError` when the socket cannot be had, or too few files may be open.
    package init(
        _ settings: DaemonSettings, farewell: Farewell, manager: ServiceManager, inherited: [InheritedSocket],
        onIdle: @escaping @Sendable () -> Void
    ) async throws {
        try allowDescriptors(Limits.descriptors)
        // The first sleep of a process opens descriptors for its timer, and libdispatch ends the process when there are none;
        // so it comes before any client who could take them.
        try await Task.sleep(for: .nanoseconds(1), clock: .suspending)
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
            api: APIRoutes(captures: captures, scanner: scanner, desk: desk, log: log, devices: devices),
            rules: settings.access, log: log,
            loopback: LoopbackDoor(settings: settings.loopback, rules: settings.access, log: log, page: PageFiles())
        )
        let (sockets, ports) = try Self.listeners(settings, inherited, journal)
        if let first = sockets.first { farewell.follow(first) }
        let idle = IdleWatch(limits: settings.idle)
        let server = try LocalServer(
            listeners: (sockets as [any Listener]) + (ports as [any Listener]), onOccupancyChange: { idle.ring() }
        ) { router.handle($0) }
        self.server = server
        self.manager = manager
        self.scanner = scanner
        self.desk = desk
        self.journal = journal
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        Task {
            var known: [AttachedScanner] = []
            for await scanners in changes {
                await desk.scannersChanged { scanner.statuses }
                for pairs in scannerNews(from: known, to: scanners) { journal.note("scanner", pairs) }
                known = scanners
                manager.status("scanner \(scanner.state.word)")
                idle.ring()
                look.yield()
            }
        }
        let expiry = ExpiryNotes(devices: devices, scanner: scanner, journal: journal)
        Task { await expiry.run(looks) }
        Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Limits.expiryCheck, clock: .suspending)
                look.yield()
            }
        }
        await scanner.start()
        await desk.scannersChanged { scanner.statuses }
        try server.start()
        if let port = ports.first?.port { journal.note("loopback", [("port", "\(port)")]) }
        journal.note(
            "ready", [("socket", sockets.map(\.path).joined(separator: " ")), ("scanner", scanner.state.word)])
        manager.ready()
        Task { await beat(for: manager, server, desk) }
        guard !inherited.isEmpty, settings.idle.quiet > .zero else { return }
        Task {
            await idle.waitUntilIdle(server) { !scanner.scanners.isEmpty }
            journal.note(
                "leaving: no scanner and no client", [("quiet_s", "\(settings.idle.quiet.components.seconds)")])
            onIdle()
        }
    }

    /// The sockets that were handed over; in their place the socket that the settings name, and the loopback door when it is on.
    ///
    /// A loopback door that cannot be opened stays closed: the socket serves all the same.
    private static func listeners(
        _ settings: DaemonSettings, _ inherited: [InheritedSocket], _ journal: Journal
    ) throws -> (sockets: [UnixListener], ports: [LoopbackListener]) {
        var sockets = try inherited.filter(\.isUnix).map { try UnixListener(inheriting: $0.descriptor) }
        if sockets.isEmpty {
            let (path, mode, group) = (settings.socket, settings.socketMode, settings.socketGroup)
            sockets = [try UnixListener(path: path, mode: mode, group: group)]
        }
        do {
            var ports = try inherited.filter { !$0.isUnix }.map { try LoopbackListener(inheriting: $0.descriptor) }
            if ports.isEmpty, settings.loopback.isEnabled {
                ports = try LoopbackListener.open(ports: settings.loopback.ports)
            }
            return (sockets, ports)
        } catch let error as ListenError {
            journal.note("the loopback door stays closed", error)
            return (sockets, [])
        }
    }

    /// Answers those who wait with 503, ends a capture that runs, and closes the scanner.
    ///
    /// `Farewell` sees to it that the process ends in time even if this hangs; the kernel then frees the scanner.
    package func stop() async {
        manager.stopping()
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
