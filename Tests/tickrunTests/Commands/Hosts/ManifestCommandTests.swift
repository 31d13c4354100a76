import Foundation
import TestSupport
import Testing

@Suite("tickrun manifest")
struct ManifestCommandTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    private static func python(_ script: String, _ words: [String]) async throws -> RunProcess.Result {
        try await RunProcess("/usr/bin/env", ["python3", "-c", script] + words).run()
    }

    @Test(
        "Kubernetes manifests pass a public validator in strict mode", .requires(.kubernetesValidate, .yaml),
        arguments: [
            ["kubernetes"], ["kubernetes-realtime"], ["kubernetes-station"],
            [
                "kubernetes", "--environment", "pilot-aks", "--ntp", "10.0.0.1:123,10.0.0.2", "--interval", "60s",
                "--namespace", "on-air", "--image", "registry.example/tickrun@sha256:00",
            ],
        ])
    func kubernetes(words: [String]) async throws {
        try await Self.withFolder { folder in
            let printed = try await RunProcess.tickrun(["manifest"] + words).run()
            #expect(printed.exitCode == 0)
            let path = "\(folder)/m.yaml"
            try Data(printed.standardOutput.utf8).write(to: URL(filePath: path))
            let script = """
                import sys, yaml, kubernetes_validate
                for document in yaml.safe_load_all(open(sys.argv[1])):
                    kubernetes_validate.validate(document, "1.30", strict=True)
                    print(document["kind"])
                """
            let result = try await Self.python(script, [path])
            #expect(
                result.exitCode == 0,
                "\(result.standardError)")
            let kinds = [
                "kubernetes": ["Namespace", "DaemonSet"], "kubernetes-realtime": ["Namespace", "ConfigMap", "Pod"],
                "kubernetes-station": ["Namespace", "ConfigMap", "DaemonSet"],
            ]
            #expect(result.lines == kinds[words[0]])
            // The validator finds an error.
            let broken = printed.standardOutput.replacing("terminationGracePeriodSeconds", with: "terminationGrace")
            try Data(broken.utf8).write(to: URL(filePath: path))
            #expect(try await Self.python(script, [path]).exitCode != 0)
        }
    }

    @Test("the check's pod keeps every rule of the restricted Pod Security standard", .requires(.yaml))
    func restricted() async throws {
        let printed = try await RunProcess.tickrun("manifest", "kubernetes").run()
        // https://kubernetes.io/docs/concepts/security/pod-security-standards/, baseline and restricted.
        let script = """
            import sys, yaml
            pod = [d for d in yaml.safe_load_all(sys.argv[1]) if d["kind"] == "DaemonSet"][0]["spec"]["template"]["spec"]
            faults = [k for k in ["hostNetwork", "hostPID", "hostIPC"] if pod.get(k)]
            allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
            faults += [v["name"] for v in pod.get("volumes", []) if not (set(v) - {"name"}) <= allowed]
            context = pod["securityContext"]
            if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0: faults.append("root")
            if context["seccompProfile"]["type"] not in ("RuntimeDefault", "Localhost"): faults.append("seccomp")
            for c in pod["containers"] + pod.get("initContainers", []):
                own = c["securityContext"]
                if own.get("allowPrivilegeEscalation") is not False: faults.append("escalation")
                if own.get("privileged"): faults.append("privileged")
                if own["capabilities"].get("drop") != ["ALL"] or own["capabilities"].get("add"): faults.append("capabilities")
                if any("hostPort" in p for p in c.get("ports", [])): faults.append("hostPort")
                print(" ".join(c["command"]))
            print(faults)
            """
        let result = try await Self.python(script, [printed.standardOutput])
        #expect(result.lines.last == "[]", "\(result.standardOutput)\(result.standardError)")
        // Its command is a valid command line of tickrun.
        let words = try #require(result.lines.first).split(separator: " ").map(String.init)
        #expect(words.first == "tickrun")
        let help = try await RunProcess.tickrun(Array(words.dropFirst()) + ["--help"]).run()
        #expect(help.exitCode == 0)
        let refused = try await RunProcess.tickrun(Array(words.dropFirst()) + ["--at", "x"]).run()
        #expect(refused.standardError.contains("--at"), "\(refused.standardError)")
    }

    @Test(
        "the profile that the playout pod gets is one, and the pod adds two capabilities and no more", .requires(.yaml))
    func playout() async throws {
        try await Self.withFolder { folder in
            let printed = try await RunProcess.tickrun("manifest", "kubernetes-realtime").run()
            let script = """
                import sys, yaml
                documents = {d["kind"]: d for d in yaml.safe_load_all(sys.argv[1])}
                open(sys.argv[2], "w").write(documents["ConfigMap"]["data"]["channel.json"])
                container = documents["Pod"]["spec"]["containers"][0]
                print(container["securityContext"]["capabilities"])
                print(container["resources"]["requests"] == container["resources"]["limits"])
                """
            let result = try await Self.python(script, [printed.standardOutput, "\(folder)/channel.json"])
            #expect(
                result.lines == ["{'drop': ['ALL'], 'add': ['SYS_NICE', 'IPC_LOCK']}", "True"],
                "\(result.standardOutput)\(result.standardError)")
            let profile = try await RunProcess.tickrun("config", "validate", "\(folder)/channel.json").run()
            #expect(profile.exitCode == 0, "\(profile.standardError)")
        }
    }

    @Test(
        "each host of a station gets files that tickrun accepts, on the nodes that they name, and the pod two capabilities",
        .requires(.yaml))
    func station() async throws {
        try await Self.withFolder { folder in
            let hosts = ["node-a": "10.0.0.1", "node-b": "10.0.0.2", "c.example": "[2001:db8::3]"]
            let keys = try await RunProcess.tickrun(
                "key", "new", "--nodes", hosts.keys.joined(separator: ","), "--folder", folder
            ).run()
            #expect(keys.exitCode == 0, "\(keys.standardError)")
            let printed = try await RunProcess.tickrun(
                "manifest", "kubernetes-station", "--hosts",
                hosts.map { "\($0)=\($1)" }.joined(separator: ","), "--etcd",
                "http://10.0.0.8:2379,http://10.0.0.9:2379", "--ntp", "10.0.0.7"
            ).run()
            #expect(printed.exitCode == 0, "\(printed.standardError)")
            let script = """
                import sys, yaml
                documents = {d["kind"]: d for d in yaml.safe_load_all(sys.argv[1])}
                for name, text in documents["ConfigMap"]["data"].items(): open(sys.argv[2] + "/" + name, "w").write(text)
                pod = documents["DaemonSet"]["spec"]["template"]["spec"]
                container = pod["containers"][0]
                terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
                # One name a term: more are refused.
                print(" ".join(sorted(t["matchFields"][0]["values"][0] for t in terms)))
                print(container["securityContext"]["capabilities"])
                print(container["resources"]["requests"] == container["resources"]["limits"])
                print({v["name"] for v in pod["volumes"]} == {m["name"] for m in container["volumeMounts"]})
                print(oct(pod["volumes"][1]["secret"]["defaultMode"]))
                for probe in ["readinessProbe", "livenessProbe"]: print(" ".join(container[probe]["exec"]["command"]))
                print(" ".join(container["command"]))
                """
            let result = try await Self.python(script, [printed.standardOutput, folder])
            let lines = result.lines
            #expect(
                Array(lines.prefix(5)) == [
                    hosts.keys.sorted().joined(separator: " "), "{'drop': ['ALL'], 'add': ['SYS_NICE', 'IPC_LOCK']}",
                    "True", "True", "0o400",
                ], "\(result.standardOutput)\(result.standardError)")
            for host in hosts.keys {
                let file = "\(folder)/\(host).cluster.json"
                let cluster = try String(contentsOfFile: file, encoding: .utf8)
                try cluster.replacing("/keys/keys.json", with: "\(host).keys.json")
                    .write(toFile: file, atomically: true, encoding: .utf8)
                let valid = try await RunProcess.tickrun(
                    "config", "validate", file, "\(folder)/\(host).station.json"
                ).run()
                #expect(valid.exitCode == 0, "\(valid.standardError)")
                #expect(valid.standardOutput.contains("etcd at http://10.0.0.8:2379, http://10.0.0.9:2379"))
            }
            // The commands are valid command lines: each refuses an option that is none.
            for line in [lines.last, lines.dropFirst(5).first].compactMap(\.self) {
                let words = line.split(separator: " ").map(String.init)
                #expect(words.first == "tickrun")
                let help = try await RunProcess.tickrun(Array(words.dropFirst()) + ["--help"]).run()
                let refused = try await RunProcess.tickrun(Array(words.dropFirst()) + ["--nothing"]).run()
                #expect(help.exitCode == 0 && refused.exitCode == 2, "\(words)")
            }
        }
    }

    @Test("systemd's own verifier accepts the units", .requires(.systemdAnalyze))
    func systemd() async throws {
        try await Self.withFolder { folder in
            let program = RunProcess.tickrun("").executable
            let made = try await RunProcess.tickrun(
                "manifest", "systemd", "--program", program, "--environment", "studio", "--ntp", "10.0.0.1",
                "--output", folder
            ).run()
            #expect(made.exitCode == 0, "\(made.standardError)")
            let units = [
                "tickrun@.service", "tickrun-check.service", "tickrun-node@.service", "tickrun-agent@.service",
            ]
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == Set(units))
            let verify = RunProcess(
                "/usr/bin/env", ["systemd-analyze", "verify", "--man=no"] + units.map { "\(folder)/\($0)" })
            let result = try await verify.run()
            #expect(
                result.exitCode == 0 && result.standardError.isEmpty,
                "\(result.standardError)")
            // The verifier does read its input.
            let unit = try String(contentsOfFile: "\(folder)/\(units[0])", encoding: .utf8)
            for line in [
                "Type=notify", "WatchdogSec=2s", "LimitRTPRIO=80", "LimitMEMLOCK=infinity", "TimerSlackNSec=1",
                "NoNewPrivileges=yes", "CapabilityBoundingSet=",
            ] { #expect(unit.contains("\n\(line)\n"), "\(line)") }
            let broken = unit.replacing("WatchdogSec=2s", with: "WatchdogSec=often")
            try Data(broken.utf8).write(to: URL(filePath: "\(folder)/\(units[0])"))
            #expect(!(try await verify.run().standardError.isEmpty))
        }
    }

    @Test(
        "standard output holds one unit that loads by itself: the profile's, or the one that is named",
        .requires(.systemdAnalyze))
    func oneUnit() async throws {
        try await Self.withFolder { folder in
            let program = RunProcess.tickrun("").executable
            for name in [
                nil, "tickrun@.service", "tickrun-check.service", "tickrun-node@.service", "tickrun-agent@.service",
            ] {
                let words = ["manifest", "systemd"] + (name.map { [$0] } ?? []) + ["--program", program]
                let printed = try await RunProcess.tickrun(words).run()
                #expect(printed.exitCode == 0 && printed.standardError.isEmpty == (name != nil))
                #expect(printed.standardOutput.components(separatedBy: "\n[Service]\n").count == 2)
                let path = "\(folder)/\(name ?? "tickrun@.service")"
                try printed.standardOutput.write(toFile: path, atomically: true, encoding: .utf8)
                let result = try await RunProcess("/usr/bin/env", ["systemd-analyze", "verify", "--man=no", path])
                    .run()
                #expect(result.exitCode == 0 && result.standardError.isEmpty, "\(result.standardError)")
            }
            let unknown = try await RunProcess.tickrun("manifest", "systemd", "tickrun-nod@.service").run()
            #expect(unknown.exitCode == 2 && unknown.standardError.contains("did you mean 'tickrun-node@.service'"))
        }
    }

    @Test(
        "the alert rules pass Prometheus's own checker, and its tester finds each fault and no other",
        .requires(.promtool))
    func prometheusRules() async throws {
        try await Self.withFolder { folder in
            let printed = try await RunProcess.tickrun("manifest", "prometheus-rules").run()
            try Data(printed.standardOutput.utf8).write(to: URL(filePath: "\(folder)/tickrun-rules.yaml"))
            let tests = Vectors.packageRoot.appending(path: "Fixtures/prometheus/rules-test.yml")
            try FileManager.default.copyItem(at: tests, to: URL(filePath: "\(folder)/rules-test.yml"))
            for words in [["check", "rules", "tickrun-rules.yaml"], ["test", "rules", "rules-test.yml"]] {
                var promtool = RunProcess("/usr/bin/env", ["promtool"] + words)
                promtool.workingDirectory = folder
                let result = try await promtool.run()
                #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
            }
            // The tester finds a changed rule.
            let broken = printed.standardOutput.replacing("> 0.025", with: "> 0.25")
            try Data(broken.utf8).write(to: URL(filePath: "\(folder)/tickrun-rules.yaml"))
            var promtool = RunProcess("/usr/bin/env", ["promtool", "test", "rules", "rules-test.yml"])
            promtool.workingDirectory = folder
            #expect(try await promtool.run().exitCode != 0)
        }
    }

    @Test(
        "what could be read as more than one word is refused",
        arguments: [
            ["kubernetes", "--image", "a b"], ["kubernetes", "--namespace", "a: b"],
            ["systemd", "--program", "tickrun"],
            ["kubernetes-station", "--hosts", "a"], ["kubernetes-station", "--hosts", "a=10.0.0.1,b=10.0.0.1"],
            ["kubernetes-station", "--hosts", "a=10.0.0.1,a: b=1"], ["kubernetes-station", "--etcd", "https://a:1"],
            ["systemd", "--environment", "a\nExecStart=/bin/sh"], ["kubernetes", "--interval", "1.5s"], ["kubernete"],
            [],
        ])
    func refused(words: [String]) async throws {
        let result = try await RunProcess.tickrun(["manifest"] + words).run()
        #expect(result.exitCode == 2 && result.standardOutput.isEmpty, "\(result.standardOutput)")
    }
}
