import Foundation
import Glibc

/// What some tests need besides the Swift toolchain: a program, a Python module or a file. It has the name in
/// `.ci/requirements`, which lists the packages that bring it.
///
/// ```swift
/// @Test("promtool takes the metrics", .requires(.promtool))
/// ```
public enum Requirement: String, CaseIterable, Sendable {
    case cc, gcc, clang, git, nm, valgrind
    case gxx = "g++"
    case cxx = "c++"
    case clangxx = "clang++"
    case pkgConfig = "pkg-config"

    case chronyc, chronyd, etcd, etcdctl, ip, nsenter, pmc, ptp4l, setpriv, tshark, unshare
    case chromium, ffmpeg, ffprobe, fish, kubectl, mandoc, promtool, tmux, zsh
    case fcList = "fc-list"
    case nodeExporter = "prometheus-node-exporter"
    case systemdAnalyze = "systemd-analyze"

    case dejaVu = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
    case gstreamer = "/usr/include/gstreamer-1.0/gst/app/gstappsrc.h"

    case python3, jsonschema, yaml, hdrh
    case kubernetesValidate = "kubernetes_validate"

    public enum Kind: String, Sendable {
        case program, file
        /// A module that `python3` imports.
        case python
    }

    /// A line of `.ci/requirements`.
    public struct Line: Sendable {
        public let kind: Kind
        public let name: String
        public let packages: [String]

        /// - Returns: `nil` for a comment, an empty line, or an invalid line.
        init?(_ text: Substring) {
            let words = text.split(separator: " ").map(String.init)
            guard words.count >= 3, let kind = Kind(rawValue: words[0]) else { return nil }
            (self.kind, name, packages) = (kind, words[1], Array(words.dropFirst(2)))
        }
    }

    /// The lines of `.ci/requirements`, in their order.
    public static let lines: [Line] = {
        let file = Vectors.packageRoot.appending(path: ".ci/requirements")
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").compactMap { Line($0) }
    }()

    /// Its line; without one, it is a program without a known package.
    private var line: Line { Self.lines.first { $0.name == rawValue } ?? Line("program \(rawValue) \(rawValue)")! }

    public var kind: Kind { line.kind }
    public var packages: [String] { line.packages }

    /// The program's path, as a shell finds it. Also searches the folders of chronyd and `ip`, which some PATHs leave
    /// out.
    private var place: String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return (path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"])
            .lazy.map { "\($0)/\(rawValue)" }
            .first { file in
                // A folder can be "executed", too.
                var status = stat()
                guard unsafe stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
                return unsafe access(file, X_OK) == 0
            }
    }

    /// The program's path; if it is missing, its name, which no test runs.
    public var path: String { place ?? rawValue }

    public var isMissing: Bool {
        switch kind {
        case .program: place == nil
        case .file: !FileManager.default.fileExists(atPath: rawValue)
        case .python: !Python.found.modules.contains(rawValue)
        }
    }

    /// This requirement, and its own requirements.
    var withItsOwn: [Requirement] { kind == .python ? [.python3, self] : [self] }

    /// The missing ones of these requirements and of their own requirements.
    public static func missing(of requirements: some Sequence<Requirement>) -> [Requirement] {
        let all = Set(requirements.flatMap(\.withItsOwn))
        return allCases.filter { all.contains($0) && $0.isMissing }
    }

    /// The command that installs them.
    public static func remedy(for missing: [Requirement]) -> String {
        func packages(_ kinds: Set<Kind>) -> Set<String> {
            Set(missing.filter { kinds.contains($0.kind) }.flatMap(\.packages))
        }
        var (system, modules) = (packages([.program, .file]), packages([.python]))
        var pip = "python3 -m pip install"
        if !modules.isEmpty {
            if !Python.found.hasPip { system.insert("python3-pip") }
            // Debian's Python accepts pip's packages only with this option.
            if Python.found.isManaged { pip = "PIP_BREAK_SYSTEM_PACKAGES=1 \(pip)" }
        }
        let apt = "apt-get install -y --no-install-recommends"
        return [(getuid() == 0 ? apt : "sudo \(apt)", system), (pip, modules)].filter { !$0.1.isEmpty }
            .map { ([$0.0] + $0.1.sorted()).joined(separator: " ") }.joined(separator: " && ")
    }
}

/// The modules of the host's `python3`, read once.
private struct Python {
    var modules: Set<String> = []
    var hasPip = false
    /// Whether only the system's package manager may change the Python packages (PEP 668).
    var isManaged = false

    static let found: Python = {
        var found = Python()
        let names = Requirement.lines.filter { $0.kind == .python }.map(\.name)
        // Imported, not only found, because an incomplete module cannot be used.
        let script = """
            import importlib, os, sys, sysconfig
            for name in sys.argv[1:] + ["pip"]:
                try: importlib.import_module(name)
                except Exception: continue
                print(name)
            managed = os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))
            if managed and sys.prefix == sys.base_prefix: print("managed")
            """
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + names
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return found }
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let words = Set(text.split(separator: "\n").map(String.init))
        (found.hasPip, found.isManaged) = (words.contains("pip"), words.contains("managed"))
        found.modules = words.intersection(names)
        return found
    }()
}
