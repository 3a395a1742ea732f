// pidd-simulate print: one picture of a synthetic finger, as a file.
import Arguments
import Platform
import VirtualScanner

/// Width and height in pixels, such as 388x374.
struct PictureSize: ArgumentValue {
    static let expectation = "a size such as 388x374, sides of 32 to \(Limits.pictureSide)"

    var width = 388
    var height = 374

    init() {}

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy((32...Limits.pictureSide).contains) else { return nil }
        (width, height) = (sides[0], sides[1])
    }
}

/// A seed: any whole number from 0 on.
struct Seed: ArgumentValue {
    static let expectation = "a whole number from 0 on"

    var number: UInt64

    init(_ number: UInt64) { self.number = number }

    init?(argument: String) {
        guard let number = UInt64(argument) else { return nil }
        self.number = number
    }
}

private struct Options: Sendable {
    var finger: Seed?
    var impression = Seed(1)
    var size = PictureSize()
    var ppi = 500.0
    var blank = false
    var output = ""
}

let printEntry = Program.Entry(
    Command<Options>(
        "pidd-simulate print", summary: "Writes one picture of a synthetic finger.",
        notes: "The same numbers always give the same picture.\n\n"
            + "  pidd-simulate print --finger 7 --impression 3 -o finger.png",
        [
            .option("finger", "N", help: "which finger; every number is another one", \.finger),
            .option("impression", "N", help: "which touch of it (default 1)", \.impression),
            .flag("blank", help: "the glass without a finger", \.blank),
            .option("size", "WxH", help: "pixels (default 388x374)", \.size),
            .option("ppi", "N", help: "pixels per inch (default 500)", \.ppi),
            .option("output", short: "o", "FILE", help: "file to write, .png or .pgm", \.output),
        ]), defaults: { Options() }
) { options in
    guard !options.output.isEmpty else { throw ArgumentError.missingOption("--output") }
    guard let format = PictureFormat(path: options.output) else {
        throw ArgumentError.invalidValue(
            option: "--output", value: options.output, expectation: "a name that ends in .png or .pgm")
    }
    guard (50...4000).contains(options.ppi) else {
        throw ArgumentError.invalidValue(option: "--ppi", value: "\(options.ppi)", expectation: "50 to 4000")
    }
    let (width, height) = (options.size.width, options.size.height)
    let picture =
        if options.blank {
            emptyGlass(seed: options.impression.number, width: width, height: height, ppi: options.ppi)
        } else if let finger = options.finger {
            SyntheticFinger(seed: finger.number)
                .impression(options.impression.number, width: width, height: height, ppi: options.ppi)
        } else {
            throw ArgumentError.missingOption("--finger")
        }
    try picture.write(options.output, as: format)
    return 0
}
