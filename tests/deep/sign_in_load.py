#!/usr/bin/env python3
# P06: what else is asked for goes on while 200 people sign in at once. Run it against a service of the demo province,
# on a machine that does nothing else:
#   ./dev up --port 8099 &   python3 tests/deep/sign_in_load.py http://127.0.0.1:8099
# It prints the p99 of GET /v1/me alone and under 200 parallel sign-ins, and what the sign-ins got; exit code 1 when the
# p99 is more than twice that of the idle service, when an answer is neither 200, 429 nor 503, or when one took over 3 s.
import collections
import http.client
import json
import sys
import threading
import time
import urllib.parse

BASE = urllib.parse.urlsplit(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
PASSWORD = "canbo-demo"


def connect():
    return http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=20)


def sign_in(connection):
    body = json.dumps({"user_name": "reader", "password": PASSWORD})
    connection.request("POST", "/v1/sessions", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def p99(seconds, token):
    connection, times = connect(), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.perf_counter()
        connection.request("GET", "/v1/me", headers={"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        times.append(time.perf_counter() - started)
        time.sleep(0.002)
    times.sort()
    return times[int(len(times) * 0.99)] * 1000, len(times)


def main():
    status, body = sign_in(connect())
    assert status == 200, body
    token = body["access_token"]
    p99(2, token)
    idle, calls = p99(8, token)
    seen, slowest, stop = collections.Counter(), [0.0], threading.Event()

    def guess():
        connection = connect()
        while not stop.is_set():
            started = time.perf_counter()
            status, _ = sign_in(connection)
            slowest[0] = max(slowest[0], time.perf_counter() - started)
            seen[status] += 1
            # Who is told to come back does so after the second that Retry-After names.
            if status != 200:
                stop.wait(1)

    threads = [threading.Thread(target=guess) for _ in range(200)]
    for thread in threads:
        thread.start()
    busy, calls_busy = p99(8, token)
    stop.set()
    for thread in threads:
        thread.join()
    print(f"GET /v1/me: p99 {idle:.1f} ms idle ({calls} calls), {busy:.1f} ms under load ({calls_busy} calls)")
    print(f"sign-ins: {dict(seen)}, slowest {slowest[0]:.2f} s")
    good = set(seen) <= {200, 429, 503} and slowest[0] < 3 and busy < 2 * idle
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
