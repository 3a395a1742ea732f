// scan-probe: takes pictures through Scanner and prints size and hash of each; the pictures themselves go nowhere.
//
//   scan-probe [COUNT]          waits for a scanner, takes COUNT pictures, ends
//   scan-probe watch [ID]       tells every change, and does what standard input says until it ends; ID is preferred
import Glibc
import Scanner

let words = CommandLine.arguments.dropFirst()
if words.first == "watch" {
    await Watching(preferred: words.dropFirst().first).run()
} else {
    await takePictures(words.first.flatMap { Int($0) } ?? 1)
}
