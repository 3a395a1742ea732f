// What the environment of the process says.
import Glibc

/// The value of an environment variable; nil when it is unset or no UTF-8.
@Sendable package func environmentVariable(_ name: String) -> String? {
    unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
}
