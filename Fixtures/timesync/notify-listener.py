"""Runs a program as a service manager does: with a socket that it notifies (sd_notify(3)), and a watchdog.

    python3 notify-listener.py path|abstract WATCHDOG_USEC PROGRAM ARGUMENT...

Prints each notice with the seconds since the start, one JSON object a line, and at last the exit code.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

kind, watchdog, *words = sys.argv[1:]
folder = tempfile.mkdtemp()
name = f"\0tickrun-{os.getpid()}" if kind == "abstract" else f"{folder}/notify"
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(name)
listener.settimeout(0.02)
environment = dict(os.environ, NOTIFY_SOCKET=name.replace("\0", "@"), WATCHDOG_USEC=watchdog)
begin = time.monotonic()
program = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
ended = False
while not ended:
    # What was sent before the end is read after it.
    ended = program.poll() is not None
    while True:
        try:
            notice = listener.recv(4096).decode()
        except socket.timeout:
            break
        print(json.dumps({"after_s": time.monotonic() - begin, "notice": notice}), flush=True)
print(json.dumps({"exit_code": program.returncode}))
