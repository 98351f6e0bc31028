internal import Crypto
internal import Glibc
internal import Model
internal import Posix

/// The one directory where everything is kept: the database, the key, and a lock so that no two servers share it.
final class DataDirectory: Sendable {
    let path: String
    private let lock: Int32

    /// Creates the directory (0700) and takes its lock.
    init(_ path: String) throws(StartError) {
        self.path = path
        do {
            try Files.makeDirectories(path, mode: 0o700)
        } catch {
            throw StartError("cannot create the data directory \(path): \(error)")
        }
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StartError("cannot write to the data directory \(path): \(String(cString: strerror(errno)))")
        }
        guard Self.take(descriptor) else {
            close(descriptor)
            throw StartError("another Sluice is running with the data directory \(path)")
        }
        lock = descriptor
    }

    deinit { close(lock) }

    /// A command that a killed Sluice was just starting holds the lock until its exec, so a start right behind that is patient for a second.
    private static func take(_ lock: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(20_000)
        }
        return false
    }

    var database: String { "\(path)/sluice.db" }

    /// Makes an empty database that nobody else may read, before SQLite would make one with the usual permissions; its log gets the same.
    func createDatabase() throws(StartError) {
        let descriptor = open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartError("cannot write \(database): \(String(cString: strerror(errno)))") }
        close(descriptor)
    }

    /// The key from which ids and links are derived: 32 random bytes in a file of its own, synced before anything is answered.
    func keyring() throws(StartError) -> Keyring {
        let file = "\(path)/key"
        do {
            if !Files.exists(file) {
                if Files.exists(database) {
                    throw StartError("\(file) is missing although there is a database; restore it, or every approve link and id is lost")
                }
                try Files.writeAtomically(file, try randomBytes(32), mode: 0o600)
            }
            let bytes = try Files.read(file, limit: 4096)
            guard bytes.count == 32 else { throw StartError("\(file) must hold 32 bytes, not \(bytes.count)") }
            return Keyring(master: bytes)
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("cannot read or write \(file): \(error)")
        }
    }
}
