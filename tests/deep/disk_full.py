# F17: what PostgreSQL and canbo do when there is no room.
"""The disk of PostgreSQL is full. Writes are 503, reads go on, and when there is room again all is as before.

Needs root: it mounts a disk of 160 MB, on which a PostgreSQL of its own lives. Run `cargo build` first.
"""

import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CANBO = ROOT / "target/debug/canbo"
BINARIES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
PASSWORD = "canbo-demo-2026"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(method, url, body=None, token=None):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, method=method, headers=headers, data=json.dumps(body).encode() if body else None)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError as error:
        return 0, {"code": str(error)}


def until(what, seconds, ask):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ask():
            return
        time.sleep(0.05)
    sys.exit(f"not within {seconds} s: {what}")


def main():
    disk = pathlib.Path(tempfile.mkdtemp(prefix="canbo-disk-"))
    other = pathlib.Path(tempfile.mkdtemp(prefix="canbo-other-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk], check=True)
    account, running = pwd.getpwnam("postgres"), []
    try:
        os.chmod(disk, 0o700)
        os.chown(disk, account.pw_uid, account.pw_gid)
        as_postgres = {"user": account.pw_uid, "group": account.pw_gid, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # The log of changes has a disk of its own: PostgreSQL itself ends when that one is full.
        os.chmod(other, 0o755)
        data, wal, port = disk / "data", other / "wal", free_port()
        wal.mkdir(mode=0o700)
        os.chown(wal, account.pw_uid, account.pw_gid)
        initdb = [BINARIES / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", data, "-X", wal]
        subprocess.run(initdb, check=True, **as_postgres)
        settings = ["listen_addresses=127.0.0.1", "lc_messages=C", "shared_buffers=16MB"]
        server = [BINARIES / "postgres", "-D", data, "-p", str(port), "-k", disk, *[part for setting in settings for part in ("-c", setting)]]
        running.append(subprocess.Popen(server, **as_postgres))
        ready = [BINARIES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        until("PostgreSQL starts", 20, lambda: subprocess.run(ready).returncode == 0)
        psql = [BINARIES / "psql", "-qAt", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        subprocess.run([*psql, "-c", "CREATE DATABASE canbo"], check=True)

        key, listen = other / "keys", free_port()
        key.mkdir()
        subprocess.run([CANBO, "keys", "--folder", str(key), "new"], check=True, capture_output=True)
        environment = {
            "DATABASE_URL": f"postgresql://canbo@127.0.0.1:{port}/canbo",
            "MIGRATE_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{port}/canbo",
            "CANBO_ADMINISTRATOR_PASSWORD": PASSWORD,
            "CANBO_ISSUER": "https://canbo.test",
            "CANBO_SIGNING_KEYS": str(key),
            "CANBO_LISTEN": f"127.0.0.1:{listen}",
            "RUST_LOG": "warn,access=off",
        }
        for command in ("migrate", "bootstrap"):
            subprocess.run([CANBO, command], check=True, env=environment)
        log = (other / "log").open("w")
        service = subprocess.Popen([CANBO, "serve"], env=environment, stderr=log)
        running.append(service)
        base = f"http://127.0.0.1:{listen}"
        until("canbo is ready", 20, lambda: call("GET", f"{base}/readyz")[0] == 200)
        session = {"user_name": "administrator", "password": PASSWORD}
        token = call("POST", f"{base}/v1/sessions", session)[1]["access_token"]

        def write(number):
            account = {"user_name": f"user{number}", "display_name": "x" * 200, "password": PASSWORD}
            return call("POST", f"{base}/v1/accounts", account, token)

        made = [number for number in range(3) if write(number)[0] == 201]
        assert len(made) == 3, write(99)
        # All the room there is.
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as out:
            try:
                while True:
                    out.write(b"x" * 65536)
            except OSError:
                pass
        seen, number = {}, 100
        end = time.monotonic() + 8
        while time.monotonic() < end:
            status, body = write(number)
            seen[status] = seen.get(status, 0) + 1
            if status == 201:
                made.append(number)
            elif status != 503:
                sys.exit(f"a full disk gave {status}: {body}")
            number += 1
        if 503 not in seen:
            sys.exit(f"the disk was never full: {seen}")
        alive = call("GET", f"{base}/healthz")[0]
        filler.unlink()
        freed = time.monotonic()
        # PostgreSQL may have to recover by itself first.
        until("a write is done again", 30, lambda: write(number + int(time.monotonic() * 1000) % 10**9)[0] == 201)
        took = time.monotonic() - freed
        there = subprocess.run([*psql, "-d", "canbo", "-c", "SELECT count(*) FROM accounts WHERE user_name ~ '^user[0-9]+$'"], check=True, capture_output=True, text=True)
        names = ",".join(f"'user{number}'" for number in made)
        kept = subprocess.run([*psql, "-d", "canbo", "-c", f"SELECT count(*) FROM accounts WHERE user_name IN ({names})"], check=True, capture_output=True, text=True)
        assert int(kept.stdout) == len(made), "an acknowledged write is missing"
        assert service.poll() is None and alive == 200
        print(f"full disk: {seen}; a write is done {took:.2f} s after there was room; {len(made)} acknowledged, {there.stdout.strip()} there")
    finally:
        for process in reversed(running):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        subprocess.run(["umount", "-l", disk], check=False)
        for folder in (disk, other):
            shutil.rmtree(folder, ignore_errors=True)


main()
