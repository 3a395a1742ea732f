// The inputs that stand in `corpus`, a folder for each target.
import Foundation

/// All inputs of a target, those that once broke something included.
func corpus(_ target: String) throws -> [[UInt8]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "corpus/\(target)")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map {
        [UInt8](try Data(contentsOf: $0))
    }
}
