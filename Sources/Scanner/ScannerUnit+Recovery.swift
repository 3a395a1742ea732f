// The ladder for a scanner that hangs: cancel, close, clear or reset by libusb, open again; each step has a deadline.

extension ScannerUnit {
    /// Brings the device back; it is failed when that does not work.
    func recover() {
        guard phase == .open, !isRetired, !device.isRemoved else { return }
        phase = .recovering
        work = watchedTask { [weak self] in await self?.climb() }
    }

    private func climb() async {
        var isFree = await device.rest(.device("it does not answer any more"), until: deadline(Limits.cancelling))
        if isFree { isFree = await device.close(until: deadline(Limits.afterReset)) }
        let isHeld = isFree ? await isHeldByOthers() : false
        if let place = info.usb, !isHeld, !isRetired {
            if isFree { _ = await USBRecovery.take(.clear, at: place) }
            // Clearing needs the device for itself; a reset also ends what libfprint could not.
            await reset()
        }
        if !isFree, !isRetired, await device.rest(.removed, until: deadline(Limits.afterReset)) {
            isFree = await device.close(until: deadline(Limits.afterReset))
        }
        guard !isRetired, !device.isRemoved else { return }
        guard isFree else {
            phase = .failed("the scanner hangs, also after a reset")
            return
        }
        phase = .starting(attempt: 1, lastFailure: "it had to be reset")
        await bringUp(after: Limits.arrivalPause)
    }

    /// Resets the device on USB, where it may be.
    func resetUnlessHeld() async {
        guard await !isHeldByOthers() else { return }
        await reset()
    }

    /// Whether another program, or a driver of the kernel, has claimed the device; false while pidd itself has it.
    private func isHeldByOthers() async -> Bool {
        guard let place = info.usb, await device.close(until: deadline(Limits.afterReset)) else { return false }
        return await USBRecovery.isClaimed(at: place)
    }

    /// Who else has claimed the device, as the end of a sentence; empty when nobody has.
    func holders() async -> String {
        guard await isHeldByOthers() else { return "" }
        // Of other users' programs only root may know what they have open.
        let holders = info.usb?.node().map { otherHolders(of: $0) } ?? []
        return "; held by \(holders.isEmpty ? "another program" : holders.joined(separator: ", "))"
    }

    private func reset() async {
        guard let place = info.usb, model?.quirks.contains(.noReset) != true else { return }
        _ = await USBRecovery.take(.reset, at: place)
    }

    private func deadline(_ duration: Duration) -> SuspendingClock.Instant {
        SuspendingClock().now.advanced(by: duration)
    }
}
