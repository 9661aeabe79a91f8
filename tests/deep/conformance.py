#!/usr/bin/env python3
# I17 I02 I04: what a program finds that knows only the document.
"""Every answer is one that the document tells, whatever is sent, by operation and along chains of calls.

Serves the demo province with the real binary and runs schemathesis on it, all checks, stateful too.

    python3 -m venv venv && venv/bin/pip install -r tests/deep/requirements.txt
    cargo build && PATH=venv/bin:$PATH python3 tests/deep/conformance.py [examples an operation, 200] [seconds]
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BINARY = os.environ.get("CANBO_BINARY", HERE.parents[1] / "target" / "debug" / "canbo")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ready(address, child):
    for _ in range(1200):
        if child.poll() is not None:
            sys.exit("canbo dev ended before it served")
        try:
            if urllib.request.urlopen(address + "/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.25)
    sys.exit("canbo dev is not ready")


def main():
    examples = sys.argv[1] if len(sys.argv) > 1 else "200"
    limit = ["--max-time", sys.argv[2]] if len(sys.argv) > 2 else []
    folder, port = tempfile.mkdtemp(prefix="canbo-schemathesis-"), free_port()
    # The private PostgreSQL of a service that root starts runs as another user.
    os.chmod(folder, 0o755)
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "RUST_LOG": "warn"}
    with open(pathlib.Path(folder) / "log", "w", encoding="utf-8") as log:
        child = subprocess.Popen(
            [BINARY, "dev", "--data", folder + "/canbo", "--port", str(port)], stdout=log, stderr=log, env=environment)
    try:
        ready(address, child)
        command = [
            "schemathesis", "--config-file", str(HERE / "conformance.toml"), "run", address + "/openapi.json", "--checks", "all",
            # refused_for_what_it_means asks the same of forms alone: no schema knows what is stored.
            "--exclude-checks", "positive_data_acceptance", "--max-examples", examples,
            "--workers", "2", "--continue-on-failure", "--request-timeout", "12", "--generation-database", "none",
            "--report-dir", folder, *limit,
        ]
        hooks = {"SCHEMATHESIS_HOOKS": "conformance_roles", "PYTHONPATH": str(HERE), "CANBO_ADDRESS": address}
        result = subprocess.run(command, env={**os.environ, **hooks}, cwd=folder, check=False)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(result.returncode)


main()
