// Every deadline and bound of the scanner side, each with its reason.

enum Limits {
    /// From the arrival of a device to its opening: udev and the kernel finish their own setting up first.
    static let arrivalPause = Duration.milliseconds(200)
    /// One opening; drivers that load firmware take 2 to 3 s.
    static let open = Duration.seconds(10)
    /// Pauses between attempts to open, doubled from the first to the last: a device just plugged in, or still held by
    /// another program, is mostly free after a fraction of a second.
    static let openPause = (first: Duration.milliseconds(100), last: Duration.seconds(5))
    /// After that long without success opening is given up until the device is plugged in again.
    static let openAttempts = Duration.seconds(30)
    /// How long a cancelled operation may take to end; drivers need one USB transfer, some 10 ms.
    static let cancelling = Duration.milliseconds(500)
    /// All of `ScannerHost.stop`.
    ///
    /// A service manager and a person at a terminal both wait for it. Cancelling takes a USB
    /// transfer, some 10 ms, and closing up to 100 ms.
    static let stop = Duration.milliseconds(1400)
    /// How long a driver may take to switch the sensor on before an operation is cancelled all the same: the U.are.U 4500's
    /// tries several times, in a second and a half.
    static let waking = Duration.seconds(2)
    /// How long an operation that was cancelled may go on before the device counts as wedged: the slowest driver's transfers end
    /// by their own timeout of 5 s.
    static let wedged = Duration.seconds(6)
    /// One step of recovery by libusb: a reset takes the kernel half a second, with its own retries up to 3 s.
    static let usbStep = Duration.seconds(4)
    /// Closing, and the end of an operation after its device was reset; both take some 100 ms.
    static let afterReset = Duration.seconds(2)
    /// Errors of the device, one capture after the other, that make it worth a reset.
    static let errorsBeforeRecovery = 2
    /// Failed attempts to open a device before it is reset once; what is only slow to wake up has opened by then.
    static let attemptsBeforeReset = 3
    /// Transfers of 16 KiB that are read away: a picture has up to 40 of them.
    static let drainedTransfers = 64
    /// Milliseconds to wait for a transfer that is to be read away; what a device still holds it sends at once.
    static let drainWait: UInt32 = 20
    /// How long a known scanner on USB may take to be announced by libfprint before it counts as not driven by it.
    static let adoption = Duration.seconds(2)
    /// How long a device stays open after a capture when its driver keeps the last picture until it is closed.
    ///
    /// Long enough for the next person in a row not to wait for its opening, some 100 ms; short for a secret.
    static let rest = Duration.seconds(5)
    /// How long the device thread may stand still: three times the longest blocking transfer of a driver.
    static let patience = Duration.seconds(15)
    /// How long closing may delay a suspend; logind waits 5 s by default.
    static let beforeSleep = Duration.seconds(2)
    /// How long a device that was pulled may take to end its operation and close; a transfer that hangs ends by its own
    /// timeout, 5 s for the slowest driver.
    static let retire = Duration.seconds(8)
    /// Pause before the next attempt when one ended with a retry in less than this, so that a device which refuses at
    /// once cannot keep a processor busy.
    static let retryPause = Duration.milliseconds(100)
    /// A finger that is there this soon after the start is one that was never lifted: drivers tell of it within one poll,
    /// 50 ms, and a person who is asked for a finger needs longer.
    static let oldFinger = Duration.milliseconds(300)
    /// Rest for a device that says it is too hot although the temperature model of libfprint does not; the model itself
    /// cools down from its limit in some 200 s and then says so.
    static let cooling = Duration.seconds(30)
    /// The longest capture: below the 180 s of continuous activity after which libfprint calls a device too hot.
    static let capture = Duration.seconds(120)
    /// The smallest picture, in pixels along each side: libfprint's detector damages its stack for pictures of 8 to 11
    /// rows, and nothing below a quarter of a fingertip holds enough ridges.
    static let smallestSide = 60
    /// The largest picture along each side; the virtual device allows 5000, the largest real sensor has 1 000.
    static let largestSide = 5000
    /// The most minutiae of one record (ISO/IEC 19794-2 counts them in a byte).
    static let minutiae = 255
    /// Characters of a serial number; it becomes a folder name and an XML attribute.
    static let serial = 40
    /// Bytes read from a sysfs attribute: the kernel gives each at most a page.
    static let attribute = 4096
    /// Stack of the device thread; minutiae detection puts pictures' worth of tables on it.
    static let stack = 8 << 20
}
