// Two ways to run in a cluster. The check needs no permission: the wall clock has no namespace, and reading the
// kernel's clock state needs no privilege. So a pod under the restricted Pod Security standard measures its node.
// Playout needs two capabilities; the manifest says why.

enum KubernetesManifests {
    static func check(_ settings: ManifestSettings) -> ManifestFile {
        let environment =
            settings.environment.map { "\n            - name: TICKRUN_ENVIRONMENT\n              value: \"\($0)\"" }
            ?? ""
        let servers = settings.ntp.map { ", --ntp, \"\($0)\"" } ?? ""
        return ManifestFile(
            name: "tickrun-check.yaml",
            text: """
                # Each node checks its own clock every \(settings.interval). A pod that is Ready stands on a node whose clock is
                # within 25 ms of UTC, uncertainty included:
                #     kubectl -n \(settings.namespace) get pods -o wide
                # Each result is a line of the pod's log, and the last lies in /results/time_sync.json.
                # The image is made by .ci/packaging/Containerfile.
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: \(settings.namespace)
                  labels:
                    pod-security.kubernetes.io/enforce: restricted
                    pod-security.kubernetes.io/warn: restricted
                ---
                apiVersion: apps/v1
                kind: DaemonSet
                metadata:
                  name: tickrun-check
                  namespace: \(settings.namespace)
                  labels:
                    app.kubernetes.io/name: tickrun-check
                spec:
                  selector:
                    matchLabels:
                      app.kubernetes.io/name: tickrun-check
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/name: tickrun-check
                    spec:
                      # It asks the API server for nothing.
                      automountServiceAccountToken: false
                      enableServiceLinks: false
                      terminationGracePeriodSeconds: 5
                      # Every node, also one that keeps other pods away.
                      tolerations:
                        - operator: Exists
                      securityContext:
                        runAsNonRoot: true
                        runAsUser: 65534
                        runAsGroup: 65534
                        fsGroup: 65534
                        # The runtimes' own profile lets adjtimex read the kernel's clock state.
                        seccompProfile:
                          type: RuntimeDefault
                      containers:
                        - name: check
                          image: \(settings.image)
                          command: [tickrun, check, --watch, "\(settings.interval)", --json, --output, /results/time_sync.json, --history, none\(servers)]
                          env:
                            # The node's name in results, as kubectl shows it.
                            - name: NODE_NAME
                              valueFrom:
                                fieldRef:
                                  fieldPath: spec.nodeName\(environment)
                          readinessProbe:
                            exec:
                              command: [tickrun, check, --strict\(servers)]
                            periodSeconds: 60
                            timeoutSeconds: 20
                          securityContext:
                            allowPrivilegeEscalation: false
                            readOnlyRootFilesystem: true
                            capabilities:
                              drop: [ALL]
                          resources:
                            requests:
                              cpu: 10m
                              memory: 32Mi
                            limits:
                              memory: 128Mi
                          volumeMounts:
                            - name: results
                              mountPath: /results
                      volumes:
                        - name: results
                          emptyDir:
                            sizeLimit: 16Mi
                """)
    }

    static func playout(_ settings: ManifestSettings) -> ManifestFile {
        ManifestFile(
            name: "tickrun-playout.yaml",
            text: """
                # Playout under SCHED_FIFO with locked memory.
                #
                # The host needs the kubelet's static CPU manager (cpuManagerPolicy: static), so that no other pod runs
                # on the whole CPU below. If its kernel has CONFIG_RT_GROUP_SCHED, the pod needs bandwidth ('tickrun
                # host' in the pod shows it). A pod that is not privileged cannot open /dev/cpu_dma_latency: let the
                # node hold it, or the report says that it was refused.
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: \(settings.namespace)-playout
                  labels:
                    # The two capabilities below are beyond the baseline standard.
                    pod-security.kubernetes.io/enforce: privileged
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: tickrun-profile
                  namespace: \(settings.namespace)-playout
                data:
                  channel.json: |
                    { "schema": "tickrun/profile/1", "name": "channel", "rate": "60000/1001", "duration": "24h",
                      "realtime": { "fifo_priority": 80, "lock_memory": true } }
                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: tickrun-playout
                  namespace: \(settings.namespace)-playout
                  labels:
                    app.kubernetes.io/name: tickrun-playout
                spec:
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  # A run that has ended is not started again: the channel's planner starts the next one.
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 10
                  securityContext:
                    seccompProfile:
                      type: RuntimeDefault
                  containers:
                    - name: playout
                      image: \(settings.image)
                      # Nothing begins on a node whose clock is not proved to be synchronized.
                      command: [tickrun, /profiles/channel.json, --require-sync, now, --quiet]
                      env:
                        - name: NODE_NAME
                          valueFrom:
                            fieldRef:
                              fieldPath: spec.nodeName
                      securityContext:
                        # A container's added capabilities are effective only for root; it has no others.
                        runAsUser: 0
                        allowPrivilegeEscalation: false
                        readOnlyRootFilesystem: true
                        capabilities:
                          drop: [ALL]
                          add:
                            # sched_setscheduler(SCHED_FIFO), which RLIMIT_RTPRIO 0 otherwise forbids.
                            - SYS_NICE
                            # mlockall beyond RLIMIT_MEMLOCK, which a pod cannot raise.
                            - IPC_LOCK
                      # Requests that equal limits, and a whole CPU: QoS Guaranteed, and a CPU of its own.
                      resources:
                        requests:
                          cpu: "1"
                          memory: 256Mi
                        limits:
                          cpu: "1"
                          memory: 256Mi
                      volumeMounts:
                        - name: profile
                          mountPath: /profiles
                          readOnly: true
                  volumes:
                    - name: profile
                      configMap:
                        name: tickrun-profile
                """)
    }
}
