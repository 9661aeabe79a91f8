"""Signs in, for each operation, as an account of the demo province that may call it. Loaded by schemathesis."""

import json
import os
import time
import urllib.request

import schemathesis

ADDRESS = os.environ["CANBO_ADDRESS"]
ROLES = ["organisation_officer", "administrator", "decider", "training_officer", "auditor", "unit_officer", "reader"]
GOOD_FOR = 480
known = {}
tokens = {}


def call(path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(ADDRESS + path, data, headers)) as answer:
        return json.load(answer)


def sign_in(role):
    token = call("/v1/sessions", {"user_name": role, "password": "canbo-demo"})["access_token"]
    tokens[role] = (token, time.monotonic())
    return token


def permissions():
    if not known:
        for role in ROLES:
            known[role] = set(call("/v1/me", token=sign_in(role))["permissions"])
    return known


@schemathesis.auth(refresh_interval=None)
class Roles:
    def get(self, case, context):
        operation = case.operation.definition.raw
        scopes = [scope for one in operation.get("security", []) for scope in one.get("bearer", [])]
        role = next(role for role in ROLES if set(scopes) <= permissions()[role] | {"signed_in"})
        token, since = tokens[role]
        # An operation that ends its own session needs a new one each time.
        if operation["operationId"] == "deleteCurrentSession":
            return call("/v1/sessions", {"user_name": "reader", "password": "canbo-demo"})["access_token"]
        return token if time.monotonic() - since < GOOD_FOR else sign_in(role)

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"
