#!/usr/bin/env python3
# A07: the cost of the chain is measured, with its lock and without.
"""What the chain lock of the audit record costs: writes a second with it and without.

    cargo build --release && python3 tests/deep/audit_cost.py [--canbo target/release/canbo] [--seconds 8]

Starts `canbo dev` in a folder of its own (PostgreSQL with fsync), and measures in turns, with append_audit_entries as it
is, and with a variant that inserts the same rows without lock and chain: small transactions by pgbench, and
`POST /v1/titles` over HTTP. The variant breaks the record, so the folder is thrown away. Prints a table.
"""
import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

UNCHAINED = """
CREATE SEQUENCE IF NOT EXISTS unchained;
SELECT setval('unchained', (SELECT max(seq) + 1 FROM audit_entries));
CREATE OR REPLACE FUNCTION append_audit_entries(entries bytea[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE entry bytea; told jsonb; last_seq bigint; head bytea;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    FOREACH entry IN ARRAY entries LOOP
        told := convert_from(entry, 'UTF8')::jsonb;
        CONTINUE WHEN EXISTS (SELECT 1 FROM public.audit_entries a WHERE a.id = (told ->> 'id')::uuid);
        last_seq := nextval('public.unchained');
        head := sha256(int8send(last_seq));
        INSERT INTO public.audit_entries (seq, id, recorded_at, actor_kind, actor_id, actor_label, action, target_kind, target_id, unit_id,
            outcome, code, detail, request_id, before_digest, after_digest, canonical, prev_hash, hash)
        VALUES (last_seq, (told ->> 'id')::uuid, (told ->> 'recorded_at')::timestamptz, told ->> 'actor_kind', (told ->> 'actor_id')::uuid,
            told ->> 'actor_label', told ->> 'action', told ->> 'target_kind', (told ->> 'target_id')::uuid, (told ->> 'unit_id')::uuid,
            told ->> 'outcome', told ->> 'code', told -> 'detail', told ->> 'request_id', told ->> 'before_digest', told ->> 'after_digest',
            entry, head, sha256(head || int8send(last_seq) || entry));
        INSERT INTO public.audit_subjects (seq, cadre_id)
            SELECT last_seq, s.id::uuid FROM jsonb_array_elements_text(told -> 'subjects') s (id);
    END LOOP;
    RETURN last_seq;
END $$;
"""
# An entry of its own; pgbench would take a colon in its script for a variable.
ENTRY = """
CREATE OR REPLACE FUNCTION measured_entry() RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT convert_to('{"action":"x","actor_id":null,"actor_kind":"system","actor_label":"x","after_digest":null,"before_digest":null,"code":null,'
        || '"detail":{"effects":[]},"id":"' || gen_random_uuid() || '","outcome":"done","recorded_at":"2026-01-01T00:00:00.000000Z","request_id":"x",'
        || '"subjects":[],"target_id":null,"target_kind":"x","unit_id":null,"v":1}', 'UTF8')
$$;
"""
# A change as the write door makes it: a row of its own, an event, the entry.
TRANSACTION = """
BEGIN;
INSERT INTO idempotency_keys (actor_id, route, key, request_hash, created_at) VALUES (gen_random_uuid(), 'r', 'k', 'x', '2026-01-01');
INSERT INTO outbox_events (id, occurred_at, kind, subject_kind, subject_id, data) VALUES (gen_random_uuid(), '2026-01-01', 'x', 'x', gen_random_uuid(), '{}');
SELECT append_audit_entries(ARRAY[measured_entry()]);
COMMIT;
"""


def bin_folder():
    for root in ["/usr/lib/postgresql"]:
        for version in sorted(os.listdir(root), reverse=True):
            if os.path.exists(f"{root}/{version}/bin/pgbench"):
                return f"{root}/{version}/bin"
    return os.path.dirname(shutil.which("pgbench") or sys.exit("pgbench is missing"))


def psql(programs, socket, sql):
    run = [f"{programs}/psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", socket, "-U", "postgres", "-d", "canbo"]
    return subprocess.run(run, input=sql, text=True, check=True, capture_output=True).stdout


def pgbench(programs, socket, script, clients, seconds):
    run = [f"{programs}/pgbench", "-n", "-h", socket, "-U", "postgres", "-f", script, "-c", str(clients), "-j", "2", "-T", str(seconds), "canbo"]
    done = subprocess.run(run, text=True, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(re.search(r"tps = ([0-9.]+)", done.stdout)[1])


def sign_in(port):
    body = json.dumps({"user_name": "organisation_officer", "password": "canbo-demo"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/sessions", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["access_token"]


def over_http(port, clients, seconds, run):
    token, counts, end = sign_in(port), [0] * clients, time.monotonic() + seconds

    def write(index):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        n = 0
        while time.monotonic() < end:
            n += 1
            title = {"code": f"cost_{run}_{index}_{n}", "name_vi": "x", "name_en": "x", "category": "government", "level": "commune",
                     "leadership": False, "rank_order": 900}
            connection.request("POST", "/v1/titles", json.dumps(title), {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 201:
                counts[index] += 1
            elif answer.status not in (429, 503):
                sys.exit(f"HTTP {answer.status}")

    writers = [threading.Thread(target=write, args=(index,)) for index in range(clients)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return sum(counts) / seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--canbo", default="target/release/canbo")
    arguments.add_argument("--seconds", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=2)
    asked = arguments.parse_args()
    programs, folder, port = bin_folder(), tempfile.mkdtemp(prefix="canbo-cost-", dir="/var/tmp"), 18097
    os.chmod(folder, 0o755)
    service = subprocess.Popen([asked.canbo, "dev", "--data", folder, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=dict(os.environ, RUST_LOG="off"))
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz")
                break
            except OSError:
                time.sleep(0.2)
        socket = os.path.realpath(f"{folder}/pg/run")
        chained = psql(programs, socket, "SELECT pg_get_functiondef('append_audit_entries'::regproc)") + ";"
        psql(programs, socket, ENTRY)
        script = f"{folder}/change.sql"
        with open(script, "w", encoding="utf-8") as file:
            file.write(TRANSACTION)
        kinds = [("transactions, 1 client", 1), ("transactions, 8 clients", 8), ("transactions, 32 clients", 32), ("POST /v1/titles, 8 clients", 0)]
        found = {(kind, mode): [] for kind, _ in kinds for mode in ("with", "without")}
        for run in range(asked.rounds):
            for mode, function in (("with", chained), ("without", UNCHAINED)):
                psql(programs, socket, function)
                for kind, clients in kinds:
                    if clients:
                        rate = pgbench(programs, socket, script, clients, asked.seconds)
                    else:
                        rate = over_http(port, 8, asked.seconds, f"{run}_{mode}")
                    found[kind, mode].append(rate)
        print("| writes a second | without the chain | with it | ratio |\n|---|---|---|---|")
        for kind, _ in kinds:
            without, chain = (max(found[kind, mode]) for mode in ("without", "with"))
            print(f"| {kind} | {without:.0f} | {chain:.0f} | {chain / without:.2f} |")
    finally:
        service.terminate()
        service.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
