// A station's agents as a DaemonSet. A channel moves between nodes, and each node has a clock. So a host of the station
// is a node with the node's name, and its record in etcd outlives its pod.

enum StationManifests {
    /// The UDP port of the members of the cluster.
    private static let port = 7_100

    static func agents(_ settings: ManifestSettings) -> ManifestFile {
        let space = "\(settings.namespace)-station"
        let names = settings.hosts.map(\.name).joined(separator: ",")
        let text = """
            # The hosts of a station: an agent on each of these nodes, with its member of the cluster.
            #
            # First make the members' keys, and give them to the cluster:
            #     tickrun key new --nodes \(names) --folder keys
            #     kubectl create namespace \(space)
            #     kubectl -n \(space) create secret generic tickrun-keys --from-file=keys
            # etcd answers at the endpoints below. Only the agents and the operators' commands write below /tickrun/ in
            # it.
            #
            # It needs the same of a node as the playout pod: see 'tickrun manifest kubernetes-realtime'.
            apiVersion: v1
            kind: Namespace
            metadata:
              name: \(space)
              labels:
                # The node's network and the two capabilities below are beyond the baseline standard.
                pod-security.kubernetes.io/enforce: privileged
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: tickrun-station
              namespace: \(space)
            data:
            \(files(settings))
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata:
              name: tickrun-agent
              namespace: \(space)
              labels:
                app.kubernetes.io/name: tickrun-agent
            spec:
              selector:
                matchLabels:
                  app.kubernetes.io/name: tickrun-agent
              # One host after the other: the others have its channels meanwhile.
              minReadySeconds: 10
              updateStrategy:
                type: RollingUpdate
                rollingUpdate:
                  maxUnavailable: 1
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: tickrun-agent
                spec:
                  # The agent asks the API server for nothing.
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  # Members find each other at their nodes' addresses, and a translated address would add to every round
                  # trip.
                  hostNetwork: true
                  # With it, the names of services are still found.
                  dnsPolicy: ClusterFirstWithHostNet
                  # SIGTERM gives the channels up.
                  terminationGracePeriodSeconds: 10
                  # On the nodes that the files name, and on no other.
                  affinity:
                    nodeAffinity:
                      requiredDuringSchedulingIgnoredDuringExecution:
                        nodeSelectorTerms:
            \(nodes(settings))
                  securityContext:
                    seccompProfile:
                      type: RuntimeDefault
                  containers:
                    - name: agent
                      image: \(settings.image)
                      command: [tickrun, agent, --station, /station/$(NODE_NAME).station.json, --metrics, /state/agent.prom]
                      env:
                        # The host's name in the station.
                        - name: NODE_NAME
                          valueFrom:
                            fieldRef:
                              fieldPath: spec.nodeName
                      # Its member agrees on the time. 'tickrun station status' shows which channels are on air.
                      readinessProbe:
                        exec:
                          command: [tickrun, time, now, --socket, /run/tickrun/node.sock]
                        periodSeconds: 10
                        timeoutSeconds: 10
                      # Whether it answers at all.
                      livenessProbe:
                        exec:
                          command: [sh, -c, 'tickrun time status --socket /run/tickrun/node.sock >/dev/null; [ $? -le 1 ]']
                        initialDelaySeconds: 30
                        periodSeconds: 30
                        timeoutSeconds: 10
                      securityContext:
                        # A container's added capabilities are effective only for root; it has no others.
                        runAsUser: 0
                        allowPrivilegeEscalation: false
                        readOnlyRootFilesystem: true
                        capabilities:
                          drop: [ALL]
                          add:
                            # sched_setscheduler(SCHED_FIFO) of the loops, which RLIMIT_RTPRIO 0 otherwise forbids.
                            - SYS_NICE
                            # mlockall beyond RLIMIT_MEMLOCK, which a pod cannot raise.
                            - IPC_LOCK
                      # Requests that equal limits, and whole CPUs: QoS Guaranteed, and CPUs of its own.
                      resources:
                        requests:
                          cpu: "2"
                          memory: 512Mi
                        limits:
                          cpu: "2"
                          memory: 512Mi
                      volumeMounts:
                        - name: station
                          mountPath: /station
                          readOnly: true
                        # Only this node's own keys.
                        - name: keys
                          mountPath: /keys/keys.json
                          subPathExpr: $(NODE_NAME).keys.json
                          readOnly: true
                        - name: state
                          mountPath: /state
                        - name: run
                          mountPath: /run/tickrun
                  volumes:
                    - name: station
                      configMap:
                        name: tickrun-station
                    - name: keys
                      secret:
                        secretName: tickrun-keys
                        # Keys that others may read are refused.
                        defaultMode: 0400
                    # The greatest numbers that the host has seen stay here when a pod ends. node_exporter finds the
                    # metrics there (--collector.textfile.directory).
                    - name: state
                      hostPath:
                        path: /var/lib/tickrun
                        type: DirectoryOrCreate
                    - name: run
                      emptyDir:
                        medium: Memory
                        sizeLimit: 1Mi
            """
        return ManifestFile(name: "tickrun-station.yaml", text: text)
    }

    /// Each host's station file and cluster file.
    private static func files(_ settings: ManifestSettings) -> String {
        let endpoints = settings.etcd.map { #"{ "endpoint": "\#($0)" }"# }.joined(separator: ",\n        ")
        let members = settings.hosts.map { #"{ "name": "\#($0.name)", "address": "\#($0.address):\#(port)" }"# }
            .joined(separator: ",\n        ")
        let servers =
            settings.ntp.map { list in
                let all = list.split(separator: ",").map { #"{ "server": "\#($0)" }"# }.joined(separator: ", ")
                return "\n      \"ntp\": [ \(all) ],"
            } ?? ""
        return settings.hosts.map { host in
            """
              \(host.name).station.json: |
                { "schema": "tickrun/station/1", "station": "\(settings.namespace)", "host": "\(host.name)",
                  "cluster": "\(host.name).cluster.json", "state": "/state/station.json",
                  "etcd": [
                    \(endpoints) ],
                  "loops": [ { "fifo_priority": 80, "lock_memory": true } ] }
              \(host.name).cluster.json: |
                { "schema": "tickrun/cluster/1", "cluster": "\(settings.namespace)", "node": "\(host.name)",
                  "keys": "/keys/keys.json", "state": "/state/node.json", "socket": "/run/tickrun/node.sock",\(servers)
                  "members": [
                    \(members) ] }
            """
        }.joined(separator: "\n")
    }

    /// A node's name is a field, and a term takes one of them; the terms are alternatives.
    private static func nodes(_ settings: ManifestSettings) -> String {
        settings.hosts.map { host in
            """
                          - matchFields:
                              - key: metadata.name
                                operator: In
                                values: [\(host.name)]
            """
        }.joined(separator: "\n")
    }
}
