import ChannelRun
import EtcdClient
import StationAgent
import TickConfiguration
import TickLinux
import TickTime

/// A host's station file, and the station's records in etcd.
struct StationSetup {
    let path: String
    let file: StationFile
    let store: StationStore

    /// The path of the file if neither the command line nor the environment names one.
    static let defaultPath = "/etc/tickrun/station.json"
    /// The environment variable that names another.
    static let variable = "TICKRUN_STATION"

    /// Reads the file, and the password that it names. etcd is not asked yet.
    ///
    /// - Parameters:
    ///   - place: the option or the operand that names the file, for errors.
    ///   - timeLimit: that of each request where the caller gives none; 1 ms ... 1 min.
    /// - Throws: `RunFailure`: 69 or 77 if a file cannot be read, 77 if others may read the password, 65 if a file is
    ///   wrong.
    init(_ path: String, namedBy place: String? = nil, timeLimit: Nanoseconds = .seconds(5)) throws(RunFailure) {
        self.path = path
        let bytes = try InputFile.read(path, namedBy: place)
        do { file = try StationFile(json: bytes, file: path) } catch { throw RunFailure(error) }
        let user = try Self.user(file, beside: path)
        do {
            let configuration = try EtcdConfiguration(endpoints: file.endpoints, user: user, timeLimit: timeLimit)
            store = StationStore(EtcdClient(configuration), station: file.station)
        } catch {
            throw RunFailure.badData("\(path): etcd: \(error)")
        }
    }

    /// A path of the file, which is relative to the file's folder.
    func place(_ path: String) -> String { Self.place(path, beside: self.path) }

    private static func place(_ path: String, beside file: String) -> String {
        if path.hasPrefix("/") { return path }
        return (file.lastIndex(of: "/").map { String(file[...$0]) } ?? "") + path
    }

    private static func user(_ file: StationFile, beside path: String) throws(RunFailure) -> EtcdConfiguration.User? {
        guard let name = file.user, let named = file.passwordFile else { return nil }
        let passwordPath = place(named, beside: path)
        let bytes = try InputFile.read(passwordPath)
        guard (try? SystemFile.isPrivate(passwordPath)) == true else {
            throw RunFailure.permission(
                "\(passwordPath): other users may read this password; run chmod 600, and change the password "
                    + "if they have")
        }
        // Editors end a file with a newline, which is no part of the password.
        guard let text = String(validating: bytes, as: UTF8.self),
            let password = text.split(maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
                .first,
            !password.isEmpty, text.dropFirst(password.count).allSatisfy(\.isNewline)
        else {
            throw RunFailure.badData("\(passwordPath): this is not a password; write it as the only line, in UTF-8")
        }
        return EtcdConfiguration.User(name: name, password: String(password))
    }
}

extension RunFailure {
    /// The failure of a command that rests on the station's records: 65 for a damaged record, 77 where etcd refuses
    /// the user, 69 for everything else.
    init(_ failure: StationStore.Failure) {
        self =
            switch failure {
            case .damaged: .badData("\(failure)")
            case .etcd(.notAuthenticated): .permission("\(failure); they are in the station's file")
            // 7: PERMISSION_DENIED of gRPC.
            case .etcd(.refused(_, _, 7, _)):
                .permission("\(failure); grant the user the keys below /tickrun/ ('etcdctl role grant-permission')")
            case .etcd: .unavailable("\(failure)")
            }
    }
}
