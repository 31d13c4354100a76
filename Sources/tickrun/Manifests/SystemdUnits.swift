// Units for systemd 252 and later. None runs as root or holds a capability: limits of the service allow what real-time
// scheduling and locked memory need.
//
// A channel restarts automatically. There is no limit on the number of starts (StartLimitIntervalSec=0). Only exit
// codes that a person must act on are final: 1 (the run is over and missed a level), 2, 65 and 78 (a command line, a
// file or a configuration that is wrong). Final means that systemd does not try again until an operator starts the
// unit.

enum SystemdUnits {
    static func all(_ settings: ManifestSettings) -> [ManifestFile] {
        [playout(settings), check(settings), node(settings), agent(settings)]
    }

    private static func playout(_ settings: ManifestSettings) -> ManifestFile {
        ManifestFile(
            name: "tickrun@.service",
            text: """
                # systemctl start tickrun@NAME runs /etc/tickrun/NAME.json.
                [Unit]
                Description=tickrun: profile %i
                # Clocks first: a session is anchored to UTC once, when it begins.
                Wants=time-sync.target
                After=time-sync.target
                # It is started again without a limit.
                StartLimitIntervalSec=0

                [Service]
                # READY=1 comes when every session is anchored.
                Type=notify
                NotifyAccess=main
                # %%{date} and %%{time} are filled in by tickrun: each start has a journal and a page of its own. A
                # journal takes some 0.5 GB a day at 59.94; leave --journal out where nobody reads it.
                ExecStart=\(settings.program) /etc/tickrun/%i.json --require-sync now --sync-wait 10m --quiet \\
                    --journal %S/tickrun/%i-%%{date}-%%{time}.journal --report %S/tickrun/%i-%%{date}-%%{time}.html
                # A cold boot takes minutes to synchronize: longer than --sync-wait, so that the gate says why.
                TimeoutStartSec=11min
                # WATCHDOG=1 is sent while ticks pass, and while none is due. A loop that stalls for so long is ended.
                WatchdogSec=2s
                WatchdogSignal=SIGABRT
                Restart=on-failure
                \(delays(settings, first: "1s"))
                # Exit codes that trying again does not change: 1 the run is over and missed a level, 2 the command
                # line, 65 a file, 78 the configuration is wrong. 3 (the clock is not proved synchronized), 69
                # and 77 (something is not there or not allowed yet) are tried again.
                RestartPreventExitStatus=1 2 65 78
                # The first SIGTERM finishes the tick and reports.
                KillSignal=SIGTERM
                TimeoutStopSec=10s
                # systemctl reload writes the report so far; the run goes on.
                ExecReload=/bin/sh -c 'kill -USR1 $MAINPID'

                \(owner)
                # The tick thread asks for SCHED_FIFO itself, up to this priority; no other thread does.
                LimitRTPRIO=80
                # mlockall.
                LimitMEMLOCK=infinity
                TimerSlackNSec=1
                # To keep CPUs out of deep sleep. The device belongs to root; a udev rule opens it to others:
                #   KERNEL=="cpu_dma_latency", MODE="0666"
                # Otherwise the report says that it was refused.
                DevicePolicy=closed
                DeviceAllow=/dev/cpu_dma_latency w

                \(hardening)

                [Install]
                WantedBy=multi-user.target
                """)
    }

    private static func check(_ settings: ManifestSettings) -> ManifestFile {
        let environment = settings.environment.map { "\nEnvironment=TICKRUN_ENVIRONMENT=\($0)" } ?? ""
        let servers = settings.ntp.map { " --ntp \($0)" } ?? ""
        return ManifestFile(
            name: "tickrun-check.service",
            text: """
                # Checks this host's clock every \(settings.interval): /run/tickrun/time_sync.json, and its history.
                [Unit]
                Description=tickrun: proof of time synchronization
                After=time-sync.target network.target
                StartLimitIntervalSec=0

                [Service]
                # READY=1 comes after the first check.
                Type=notify
                NotifyAccess=main
                ExecStart=\(settings.program) check --watch \(settings.interval) --output /run/tickrun/time_sync.json --history /var/lib/tickrun/time_sync.history.jsonl\(servers)\(environment)
                WatchdogSec=60s
                Restart=on-failure
                \(delays(settings, first: "5s"))
                # The last verdict is the exit code, and a bad one is no failure of the service.
                SuccessExitStatus=1
                RestartPreventExitStatus=2 65 78
                \(owner)
                UMask=0022
                DevicePolicy=closed
                RestrictRealtime=yes

                \(hardening)

                [Install]
                WantedBy=multi-user.target
                """)
    }

    private static func node(_ settings: ManifestSettings) -> ManifestFile {
        ManifestFile(
            name: "tickrun-node@.service",
            text: """
                # systemctl start tickrun-node@NAME runs the member of the cluster file /etc/tickrun/NAME.json. Only
                # the owner of its keys may read them: create the user once (useradd --system tickrun), and give it
                # the key file.
                [Unit]
                Description=tickrun: member of the cluster in %i
                Wants=network-online.target
                After=network-online.target
                StartLimitIntervalSec=0

                [Service]
                # READY=1 comes when it answers questions; whether its peers agree is in its status.
                Type=notify
                NotifyAccess=main
                ExecStart=\(settings.program) node /etc/tickrun/%i.json
                # Its status lines, one a second, are for a terminal.
                StandardOutput=null
                WatchdogSec=30s
                WatchdogSignal=SIGABRT
                Restart=on-failure
                \(delays(settings, first: "2s"))
                # The last state is the exit code, and a bad one is no failure of the service.
                SuccessExitStatus=1
                RestartPreventExitStatus=2 65 78
                KillSignal=SIGTERM
                TimeoutStopSec=10s
                \(owner)
                UMask=0022
                DevicePolicy=closed
                RestrictRealtime=yes

                \(hardening)

                [Install]
                WantedBy=multi-user.target
                """)
    }

    private static func agent(_ settings: ManifestSettings) -> ManifestFile {
        ManifestFile(
            name: "tickrun-agent@.service",
            text: """
                # systemctl start tickrun-agent@NAME runs the agent of the station file /etc/tickrun/NAME.json: this host's
                # member of the cluster, and its channels. Only their owner may read the keys and etcd's password:
                # create the user once (useradd --system tickrun), and give it these files. The "state" of the files
                # is in /var/lib/tickrun.
                [Unit]
                Description=tickrun: host of the station in %i
                Wants=network-online.target time-sync.target
                After=network-online.target time-sync.target
                # It is started again without a limit.
                StartLimitIntervalSec=0

                [Service]
                # READY=1 comes when the loops run. Which channels are on air is in its status.
                Type=notify
                NotifyAccess=main
                # %%{date} and %%{time} are filled in by tickrun: each start has a journal of its own. A journal takes some
                # 0.5 GB a day and channel at 59.94; leave --journal out where nobody reads it.
                ExecStart=\(settings.program) agent --station /etc/tickrun/%i.json \\
                    --journal %S/tickrun/%i-%%{date}-%%{time}.journal --metrics %S/tickrun/%i.prom
                # An agent that hangs is ended; another host then takes its channels.
                WatchdogSec=10s
                WatchdogSignal=SIGABRT
                Restart=on-failure
                \(delays(settings, first: "1s"))
                # Exit codes that trying again does not change: 2 the command line, 65 a file, 78 the configuration is
                # wrong. An etcd that does not answer ends nothing: the agent waits for it.
                RestartPreventExitStatus=2 65 78
                # SIGTERM gives the channels up. Only the agent gets it: a channel's command sees the end of its input.
                KillMode=mixed
                KillSignal=SIGTERM
                TimeoutStopSec=10s

                \(owner)
                # The tick threads ask for SCHED_FIFO themselves, up to this priority; no other thread does.
                LimitRTPRIO=80
                # mlockall.
                LimitMEMLOCK=infinity
                TimerSlackNSec=1
                # To keep CPUs out of deep sleep; see tickrun@.service.
                DevicePolicy=closed
                DeviceAllow=/dev/cpu_dma_latency w

                # A channel's command ("exec") runs under these limits too. Widen what it needs in a drop-in:
                # 'systemctl edit tickrun-agent@NAME'.
                \(hardening)

                [Install]
                WantedBy=multi-user.target
                """)
    }

    /// The delay before a restart: it grows where systemd can do that.
    private static func delays(_ settings: ManifestSettings, first: String) -> String {
        guard settings.systemdVersion >= ManifestSettings.growingDelays else {
            return """
                # Always the same delay. From systemd \(ManifestSettings.growingDelays) on it can grow:
                # 'tickrun manifest systemd --systemd-version \(ManifestSettings.growingDelays)'.
                RestartSec=\(first)
                """
        }
        return """
            # From the first delay to the greatest in so many steps.
            RestartSec=\(first)
            RestartSteps=6
            RestartMaxDelaySec=60s
            """
    }

    /// One user and one pair of folders for all units: a run finds the node's socket, a check writes beside both.
    private static let owner = """
        # One user for all units. systemd makes it while one of them runs, unless a user of this name exists.
        User=tickrun
        DynamicUser=yes
        # /var/lib/tickrun and /run/tickrun. The second stays when a unit stops, because others use it.
        StateDirectory=tickrun
        RuntimeDirectory=tickrun
        RuntimeDirectoryPreserve=yes
        # Where nodes are asked.
        Environment=XDG_RUNTIME_DIR=/run/tickrun
        """

    private static let hardening = """
        CapabilityBoundingSet=
        NoNewPrivileges=yes
        ProtectSystem=strict
        ProtectHome=read-only
        PrivateTmp=yes
        ProtectKernelTunables=yes
        ProtectKernelModules=yes
        ProtectKernelLogs=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        RestrictNamespaces=yes
        RestrictSUIDSGID=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        SystemCallArchitectures=native
        # ProtectClock= would forbid adjtimex altogether, by which the kernel's clock state is read; without
        # CAP_SYS_TIME it can set nothing.
        SystemCallFilter=@system-service adjtimex clock_adjtime
        SystemCallErrorNumber=EPERM
        """
}
