internal import CLinuxShims
internal import Glibc
package import TickLinux

/// Local sockets that listen.
package enum LocalListener {
    /// Creates a socket that listens at a path. Before anyone can connect, its file has the mode that is given.
    ///
    /// - Returns: its descriptor. The caller closes it, and removes the file.
    /// - Throws: EADDRINUSE where another process answers at the path.
    package static func listen(at path: String, mode: UInt32) throws(SystemError) -> Int32 {
        let other = unsafe shim_local_connect(path)
        if other >= 0 {
            close(other)
            throw SystemError(call: "bind", subject: path, errno: EADDRINUSE)
        }
        // Removes what a killed process left, but only a socket.
        if other == -ECONNREFUSED, SystemFile.isSocket(path) { try SystemFile.remove(path) }
        let descriptor = shim_local_socket()
        guard descriptor >= 0 else { throw SystemError(call: "socket", subject: path, errno: -descriptor) }
        // On Linux the file gets the mode of the socket, less the umask.
        var error = fchmod(descriptor, mode) == 0 ? unsafe shim_local_listen(descriptor, path) : errno
        if error == 0, unsafe chmod(path, mode) != 0 { error = errno }
        if error != 0 {
            close(descriptor)
            throw SystemError(call: "bind", subject: path, errno: error)
        }
        return descriptor
    }
}
