"""As much of a Kubernetes API server as 'kubectl get nodes' and 'kubectl get leases' ask for.

    python3 api-server.py PORT-FILE NODES.json

NODES.json maps a node's name to {"heartbeat": RFC 3339 or null, "renew": RFC 3339}. The port, of loopback, is
written to PORT-FILE. What kubectl prints of it is what it prints of a real cluster: the client makes the list.
"""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

nodes = json.load(open(sys.argv[2]))


def node(name, times):
    conditions = [{"type": "MemoryPressure", "status": "False", "lastHeartbeatTime": "2026-11-17T07:00:00Z",
                   "lastTransitionTime": "2026-11-17T07:00:00Z", "reason": "KubeletHasSufficientMemory"}]
    if times.get("heartbeat"):
        conditions.append({"type": "Ready", "status": "True", "lastHeartbeatTime": times["heartbeat"],
                           "lastTransitionTime": "2026-11-17T07:00:00Z", "reason": "KubeletReady"})
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "uid": f"uid-{name}", "creationTimestamp": "2026-11-17T07:00:00Z"},
            "status": {"conditions": conditions, "nodeInfo": {"kernelVersion": "6.1.0", "osImage": "Linux",
                       "kubeletVersion": "v1.30.0"}}}


def lease(name, times):
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": name, "namespace": "kube-node-lease", "uid": f"lease-{name}"},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": times.get("renew")}}


def resource(name, kind, namespaced):
    return {"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind,
            "verbs": ["get", "list"]}


answers = {
    "/version": {"major": "1", "minor": "30", "gitVersion": "v1.30.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [resource("nodes", "Node", False)]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
        {"name": "coordination.k8s.io", "versions": [{"groupVersion": "coordination.k8s.io/v1", "version": "v1"}],
         "preferredVersion": {"groupVersion": "coordination.k8s.io/v1", "version": "v1"}}]},
    "/apis/coordination.k8s.io/v1": {"kind": "APIResourceList", "groupVersion": "coordination.k8s.io/v1",
                                     "resources": [resource("leases", "Lease", True)]},
    "/api/v1/nodes": {"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"},
                      "items": [node(name, times) for name, times in nodes.items()]},
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases": {
        "kind": "LeaseList", "apiVersion": "coordination.k8s.io/v1", "metadata": {"resourceVersion": "1"},
        "items": [lease(name, times) for name, times in nodes.items()]},
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = answers.get(self.path.split("?")[0])
        body = json.dumps(answer or {"kind": "Status", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
