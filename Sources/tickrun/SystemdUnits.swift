// Units for systemd. Neither runs as root or holds a capability: what real-time scheduling and locked memory
// take are limits of the service.

enum SystemdUnits {
    static func all(_ settings: ManifestSettings) -> [ManifestFile] { [playout(settings), check(settings)] }

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

                [Service]
                # READY=1 comes when every session is anchored.
                Type=notify
                NotifyAccess=main
                ExecStart=\(settings.program) /etc/tickrun/%i.json --require-sync now --quiet
                # WATCHDOG=1 is sent while ticks pass, and while none is due. A loop that stalls for so long is ended.
                WatchdogSec=2s
                WatchdogSignal=SIGABRT
                Restart=on-failure
                RestartSec=1s
                # A wrong command line, profile or host does not get better by trying again.
                RestartPreventExitStatus=2 65 77 78
                # The first SIGTERM finishes the tick and reports.
                KillSignal=SIGTERM
                TimeoutStopSec=10s

                DynamicUser=yes
                # The tick thread asks for SCHED_FIFO itself, up to this priority; no other thread does.
                LimitRTPRIO=80
                # mlockall.
                LimitMEMLOCK=infinity
                TimerSlackNSec=1
                # Holding CPUs out of deep sleep. The device is root's: a udev rule gives it away,
                #   KERNEL=="cpu_dma_latency", MODE="0666"
                # else the report says that it was refused.
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

                [Service]
                # READY=1 comes after the first check.
                Type=notify
                NotifyAccess=main
                ExecStart=\(settings.program) check --watch \(settings.interval) --output /run/tickrun/time_sync.json --history /var/lib/tickrun/time_sync.history.jsonl\(servers)\(environment)
                WatchdogSec=60s
                Restart=on-failure
                RestartSec=5s
                # The last verdict is the exit code, and a bad one is no failure of the service.
                SuccessExitStatus=1
                RestartPreventExitStatus=2 65 77 78
                DynamicUser=yes
                RuntimeDirectory=tickrun
                StateDirectory=tickrun
                UMask=0022
                DevicePolicy=closed
                RestrictRealtime=yes

                \(hardening)

                [Install]
                WantedBy=multi-user.target
                """)
    }

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
