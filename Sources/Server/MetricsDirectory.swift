internal import Glibc
internal import Settings

/// Where instances that share a socket leave their metrics for each other: a scrape reaches one of them, and asks
/// for all. Each has a slot, the lowest that was free, so that its series go on where its predecessor's ended:
/// `1.lock`, on which it holds a lock while it lives, and `1.prom`, its metrics.
///
/// A lock tells the dead from the living, where a pid would not: systemd hides the processes of other units.
final class MetricsDirectory: Sendable {
    let slot: Int
    private let path: String
    private let lock: Int32

    /// - Throws: `SettingError`, where the directory can't be used.
    init(_ path: String) throws(SettingError) {
        self.path = path
        var slot = 1
        while true {
            let lock = open("\(path)/\(slot).lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            guard lock >= 0 else {
                let reason = String(cString: strerror(errno))
                throw SettingError(variable: "RUNTIME_DIRECTORY", problem: "can't be used: \(reason)")
            }
            if MetricsDirectory.take(lock) {
                self.slot = slot
                self.lock = lock
                return
            }
            close(lock)
            slot += 1
        }
    }

    // Locks of an open file description, because these can be asked for without being taken: an instance that looks whether an
    // instance lives must not be taken for one by an instance that starts. (fcntl(2); Swift's Glibc leaves them out.)
    private static let askForLock: Int32 = 36
    private static let takeLock: Int32 = 37

    private static func take(_ file: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        return fcntl(file, takeLock, &lock) == 0
    }

    private static func isTaken(_ file: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        return fcntl(file, askForLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    deinit {
        close(lock)
    }

    /// Replaces what stood there, in one step. Where it can't, old figures go: they would be taken for new ones.
    func publish(_ text: String) {
        let new = "\(path)/\(slot).new"
        guard let file = fopen(new, "w") else { return withdraw() }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten, rename(new, figures(slot)) == 0 else { return withdraw() }
    }

    func withdraw() {
        unlink(figures(slot))
    }

    /// What the others published. Removes what the dead left. Lock files stay, so slots have no gaps.
    func others() -> [String] {
        var texts: [String] = []
        var slot = 1
        while true {
            let lock = open("\(path)/\(slot).lock", O_RDONLY | O_CLOEXEC)
            guard lock >= 0 else { return texts }
            defer {
                close(lock)
                slot += 1
            }
            if slot == self.slot { continue }
            if !MetricsDirectory.isTaken(lock) {
                unlink(figures(slot))
            } else if let text = try? TextFile.read(figures(slot)) {
                texts.append(text)
            }
        }
    }

    private func figures(_ slot: Int) -> String { "\(path)/\(slot).prom" }
}
