internal import Glibc

/// A variable of this process's environment.
@Sendable package func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
