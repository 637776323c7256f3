internal import Glibc

/// The file that leads to a Unix socket. It can be removed, or replaced by another socket's, while the socket goes on
/// listening: then no new connection reaches it, and nothing else shows that.
struct SocketFile {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// What is at the path now. (The kernel tells which file a socket was bound to only to CAP_NET_ADMIN or over netlink,
    /// and the sandbox allows neither. The unit sees to it that an instance starts with the right one.)
    /// - Returns: `nil` where there is nothing, or nothing that we may look at.
    init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// - Throws: Where the path no longer leads here. A path that can't be looked at for another reason may still do.
    func check() throws(SocketError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { return }
            throw SocketError("\(path) is gone")
        }
        guard status.st_dev == device, status.st_ino == inode else {
            throw SocketError("\(path) leads to another socket")
        }
    }
}
