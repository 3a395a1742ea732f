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
        let (states, publish) = AsyncStream.makeStream(of: ScannerState.self, bufferingPolicy: .bufferingNewest(64))
        let scanner = ScannerHost(
            configuration: ScannerConfiguration(
                allowVirtual: settings.allowVirtualScanner, table: try ScannerTable(path: settings.scannerTable),
                preferred: settings.scannerID
            ) { publish.yield($0) })
        let desk = CaptureDesk(device: DeviceStatus(.absent, generation: 0))
        let log = RequestLog(journal)
        let devices = RegisteredDevices(KeyStore(state: settings.state, configuration: settings.configuration))
        let captures = CaptureService(scanner: scanner, desk: desk, devices: devices, log: log)
        let router = Router(
            rd: RDRoutes(service: RDService(scanner: scanner, devices: devices), captures: captures),
            api: APIRoutes(captures: captures, scanner: scanner, desk: desk, log: log), rules: settings.access,
            log: log,
            loopback: LoopbackDoor(settings: settings.loopback, rules: settings.access, log: log, page: PageFiles())
        )
        let listener = try UnixListener(
            path: settings.socket, mode: settings.socketMode, group: settings.socketGroup)
        farewell.follow(listener)
        let handedOver = InheritedSocket.all(of: getpid()) { name in
            unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
        }
        let loopback = Self.openLoopback(settings.loopback, handedOver, journal)
        server = try LocalServer(listeners: [listener] + loopback) { router.handle($0) }
        self.listener = listener
        self.scanner = scanner
        self.desk = desk
        self.journal = journal
        Task {
            for await state in states {
                await desk.deviceChanged { DeviceStatus(scanner.state) }
                journal.note("scanner", state.described)
            }
        }
        await scanner.start()
        await desk.deviceChanged { DeviceStatus(scanner.state) }
        try server.start()
        if let port = loopback.first?.port { journal.note("loopback", [("port", "\(port)")]) }
        journal.note("ready", [("socket", settings.socket), ("scanner", scanner.state.described.first?.value ?? "")])
    }

    /// The listeners of the loopback door: those that were handed over, or what the settings say.
    ///
    /// None when it is off or cannot be opened, for the socket serves all the same.
    private static func openLoopback(
        _ settings: LoopbackSettings, _ handedOver: [InheritedSocket], _ journal: Journal
    ) -> [LoopbackListener] {
        var listeners: [LoopbackListener] = []
        do throws(ListenError) {
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

extension DeviceStatus {
    /// The desk's view of the scanner: only a scanner that is or will be usable makes it worth waiting in line.
    init(_ state: ScannerState) {
        let generation = UInt64(state.info?.generation ?? 0)
        switch state {
        case .absent, .failed, .cooling: self.init(.absent, generation: generation)
        case .starting: self.init(.starting, generation: generation)
        case .ready, .capturing: self.init(.ready, generation: generation)
        }
    }
}

extension ScannerState {
    /// For the journal.
    var described: [(key: String, value: String)] {
        var pairs = [("state", word)]
        if let info {
            pairs += [("id", info.id), ("driver", info.driver), ("generation", "\(info.generation)")]
        }
        if case .failed(_, let reason) = self { pairs.append(("reason", reason)) }
        return pairs.map { (key: $0.0, value: $0.1) }
    }
}
