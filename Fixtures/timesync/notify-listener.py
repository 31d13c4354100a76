"""Runs a program as a service manager does: with a socket that it notifies (sd_notify(3)), and a watchdog.

    python3 notify-listener.py path|abstract WATCHDOG_USEC[:SIGNAL] PROGRAM ARGUMENT...

With a signal, such as SIGABRT, it acts on the watchdog as systemd does: once the program is ready, and no
WATCHDOG=1 has come for WATCHDOG_USEC, the signal is sent. Prints each notice with the seconds since the start, one JSON object a line, and at last the exit code.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

kind, watchdog, *words = sys.argv[1:]
watchdog, _, action = watchdog.partition(":")
folder = tempfile.mkdtemp()
name = f"\0tickrun-{os.getpid()}" if kind == "abstract" else f"{folder}/notify"
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(name)
listener.settimeout(0.02)
environment = dict(os.environ, NOTIFY_SOCKET=name.replace("\0", "@"), WATCHDOG_USEC=watchdog)
begin = time.monotonic()
program = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
ended = False
petted = None
while not ended:
    # What was sent before the end is read after it.
    ended = program.poll() is not None
    while True:
        try:
            notice = listener.recv(4096).decode()
        except socket.timeout:
            break
        after = time.monotonic() - begin
        print(json.dumps({"after_s": after, "notice": notice}), flush=True)
        if notice in ("READY=1", "WATCHDOG=1"):
            petted = after
    after = time.monotonic() - begin
    if action and not ended and petted is not None and after - petted > int(watchdog) / 1e6:
        print(json.dumps({"after_s": after, "sent": action}), flush=True)
        program.send_signal(signal.Signals[action])
        petted = None
print(json.dumps({"after_s": time.monotonic() - begin, "exit_code": program.returncode}))
