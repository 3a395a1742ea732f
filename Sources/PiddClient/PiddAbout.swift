// Which versions of its protocol a pidd speaks, and whether this client is among them.
import FoundationEssentials

/// What pidd says of itself (`GET /v1`, docs/openapi.json, About).
package struct PiddAbout: Decodable, Equatable, Sendable {
    /// The versions of the protocol that it speaks, both included.
    package struct Versions: Decodable, Equatable, Sendable {
        package let min: Int
        package let max: Int
    }

    /// The version of the protocol that this client speaks.
    package static let clientVersion = 1

    package let service: String
    /// The release.
    package let version: String
    package let api: Versions

    /// Reads a document; nil when it is not pidd's.
    ///
    /// Members that are not known are ignored.
    package init?(parsing bytes: [UInt8]) {
        guard let about = try? JSONDecoder().decode(Self.self, from: Data(bytes)), about.service == "pidd" else {
            return nil
        }
        self = about
    }

    /// Which versions are spoken on both sides, for people.
    package var finding: String {
        let range = api.min == api.max ? "version \(api.min)" : "versions \(api.min) to \(api.max)"
        return "pidd \(printable(version)) speaks \(range) of its protocol, this program version \(Self.clientVersion)"
    }

    /// What has to be updated before the two understand each other; nil when they do.
    package var remedy: String? {
        if api.min > Self.clientVersion { return "update ekyc-client to the release of pidd" }
        return api.max < Self.clientVersion ? "update pidd to the release of ekyc-client" : nil
    }
}
