internal import Glibc

extension ListeningSocket {
    /// Tells the processes that share the socket this one's answer to a question, until it ends, however it does: by a
    /// record lock on the socket itself, on byte 1 for yes and on byte 0 for no. (fcntl(2), Advisory record locking. Such
    /// locks belong to a process, where those of flock(2) belong to the open socket, which all of them share.)
    /// - Returns: Whether no other process has the other answer. Of two that begin at once, both may see the other's.
    public func agrees(onAnswering answer: Bool) throws(SocketError) -> Bool {
        var own = ListeningSocket.lock(F_RDLCK, on: answer)
        guard fcntl(descriptor, F_SETLK, &own) == 0 else {
            throw SocketError("the listening socket takes no lock", errno)
        }
        var other = ListeningSocket.lock(F_WRLCK, on: !answer)
        guard fcntl(descriptor, F_GETLK, &other) == 0 else {
            throw SocketError("the listening socket does not tell its locks", errno)
        }
        return other.l_type == Int16(F_UNLCK)
    }

    private static func lock(_ type: Int32, on answer: Bool) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_start = answer ? 1 : 0
        lock.l_len = 1
        return lock
    }
}
