// Where the identity of one scanner lies, which files and folders it has, and how they are wiped.
import Glibc
import Platform
import RDProtocol

/// The folder of one identity below the state folder.
///
/// `identity/<serial>/` holds `identity.conf`, per environment a folder `P`, `PP` or `S` with the pair in use, and while a certificate is
/// awaited `P.request` with the new key. Names that begin with a dot are unfinished or done with: whatever a killed
/// program leaves there is wiped by the next one.
struct IdentityPlace {
    /// `pidd`'s state folder.
    let state: String
    /// The folder's name: the serial number as `KeyStore.folderName` writes it.
    let name: String

    init(state: String, serial: String) { self.init(state: state, name: KeyStore.folderName(serial)) }

    init(state: String, name: String) {
        self.state = state
        self.name = name
    }

    var root: String { "\(state)/identity" }
    var path: String { "\(root)/\(name)" }
    var identityFile: String { "\(path)/identity.conf" }
    /// What stands for the scanner in hashes and requests.
    var serial: String { KeyStore.serial(ofFolder: name) }

    func pair(_ environment: Environment) -> String { "\(path)/\(environment.rawValue)" }
    /// The pair before it is put in place, and the old one after.
    func nextPair(_ environment: Environment) -> String { "\(path)/.\(environment.rawValue).next" }
    func request(_ environment: Environment) -> String { "\(path)/\(environment.rawValue).request" }
    func nextRequest(_ environment: Environment) -> String { "\(path)/.\(environment.rawValue).request.next" }
    /// A whole identity before it is put in place, and the old one after.
    var nextIdentity: String { "\(root)/.\(name).next" }

    /// All identities of a state folder, by name.
    static func all(state: String) -> [IdentityPlace] {
        folderNames("\(state)/identity").filter { !$0.hasPrefix(".") }.sorted().map {
            IdentityPlace(state: state, name: $0)
        }
    }

    /// The identity.
    ///
    /// - Throws: `IdentityError` when it is damaged.
    func identity() throws(IdentityError) -> DeviceIdentity? {
        exists(identityFile) ? try DeviceIdentity(path: identityFile) : nil
    }

    /// Wipes a request, if there is one; a program that is killed meanwhile leaves all of it or none.
    func discardRequest(_ environment: Environment) throws(IdentityError) {
        guard exists(request(environment)) else { return }
        try moveAside(request(environment), to: nextRequest(environment))
        try wipeFolder(nextRequest(environment))
    }

    /// Takes the lock for changes, makes the folders above it, and wipes what a killed program left.
    func lock() throws(IdentityError) -> FileLock {
        try createFolder(root)
        try checkPlace(state)
        try checkPlace(root)
        let lock: FileLock
        do throws(FileError) {
            lock = try FileLock("\(state)/.provisioning", waiting: Limits.lock)
        } catch {
            guard error.code == "busy" else { throw IdentityError(error) }
            throw IdentityError(
                "provisioning-busy", "another pidd provision is at work on \(state)",
                nextStep: "try again when it has ended")
        }
        try wipeIdentity(nextIdentity)
        for environment in Environment.allCases {
            try wipeFolder(nextPair(environment))
            try wipeFolder(nextRequest(environment))
        }
        return lock
    }
}

/// Takes a folder out of use in one step, before the wiping, which takes several.
func moveAside(_ path: String, to aside: String) throws(IdentityError) {
    do throws(SystemError) {
        guard unsafe rename(path, aside) == 0 else { throw SystemError("rename", on: path) }
        try syncFolder(of: path)
    } catch {
        throw IdentityError("folder-not-moved", "\(error)", nextStep: "check the folder's owner and mode")
    }
}

/// The files that this program makes below an identity; others are never touched.
private let ownFiles = ["device.key", "mc.cer", "uidai.cer", "request.conf", "request.csr", "identity.conf"]

/// Wipes the files of a folder and removes it; files of others keep it in place.
func wipeFolder(_ path: String) throws(IdentityError) {
    do throws(FileError) {
        for file in folderNames(path) {
            // A cut write leaves `device.key.<random>.new`.
            let isOwn = ownFiles.contains { file == $0 || (file.hasPrefix("\($0).") && file.hasSuffix(".new")) }
            if isOwn { try wipeFile("\(path)/\(file)") }
        }
    } catch { throw IdentityError(error) }
    guard unsafe rmdir(path) == 0 || errno == ENOENT else {
        throw IdentityError(
            "folder-not-removed", SystemError("rmdir", on: path).description,
            nextStep: "move away what is still in it: ls -la \(path)")
    }
}

/// Wipes the folder of an identity with those of its environments.
func wipeIdentity(_ path: String) throws(IdentityError) {
    for environment in Environment.allCases {
        for name in [
            ".\(environment.rawValue).next", ".\(environment.rawValue).request.next", "\(environment.rawValue).request",
            environment.rawValue,
        ] {
            try wipeFolder("\(path)/\(name)")
        }
    }
    try wipeFolder(path)
}
