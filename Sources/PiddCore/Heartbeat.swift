// The proof of life that the service manager asks for.
import LocalServer
import Sharing

/// Tells the service manager that the daemon lives, as long as its parts answer.
///
/// A turn goes through Swift's own threads, the desk and the net thread; each that hangs ends the messages, and systemd
/// then ends the process. The device thread has a watchdog of its own (`Scanner`), because it may block for seconds.
func beat(for manager: ServiceManager, _ server: LocalServer, _ desk: CaptureDesk) async {
    guard let watchdog = manager.watchdog else { return }
    while !Task.isCancelled {
        _ = await desk.overview()
        await server.echo()
        manager.alive()
        // Half the time, as sd_watchdog_enabled(3) advises.
        try? await Task.sleep(for: watchdog / 2, clock: .suspending)
    }
}
