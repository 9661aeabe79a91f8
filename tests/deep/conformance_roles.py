"""What schemathesis needs to know of canbo. Loaded by it as hooks.

- Each operation is called by an account that may. The accounts are made for the run, under names that no example of the
  document has, and sign in from an address of their own: what is guessed by the run locks neither.
- What would end these accounts is aimed elsewhere.
- A request that fits its schema may be refused for what it means, never for its form.
"""

import base64
import http.client
import json
import os
import secrets
import time
import urllib.parse
import uuid

import schemathesis

ADDRESS = urllib.parse.urlparse(os.environ["CANBO_ADDRESS"]).netloc
# The last one ends its sessions.
ROLES = ["organisation_officer", "administrator", "decider", "training_officer", "auditor", "unit_officer", "reader", "cadre", "reader"]
PASSWORD = secrets.token_urlsafe(18)
GOOD_FOR = 420

# What a finding says of the form alone. All else is a matter of what is stored: a reference, a period, a state.
OF_FORM = {"bad_character", "bad_format", "malformed_json", "unknown_field", "wrong_type"}


def call(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    line = http.client.HTTPConnection(ADDRESS, source_address=("127.0.0.2", 0), timeout=30)
    try:
        for _ in range(50):
            line.request(method, path, json.dumps(body) if body else None, headers)
            answer = line.getresponse()
            text = answer.read()
            if answer.status not in (429, 503):
                break
            time.sleep(0.2)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text!r}")
        return json.loads(text) if text else None
    finally:
        line.close()


class Account:
    """One caller with every permission of its role."""

    def __init__(self, role, administrator):
        self.name = f"walker_{role}_{secrets.token_hex(3)}"
        body = {"user_name": self.name, "display_name": f"Walker {role}", "password": PASSWORD}
        self.id = call("POST", "/v1/accounts", body, administrator)["id"]
        unit = call("GET", "/v1/units?kind=province&limit=1", token=administrator)["data"][0]["id"]
        grant = {"account_id": self.id, "role": role, "unit_id": unit, "from": "2020-01-01"}
        self.grant = call("POST", "/v1/grants", grant, administrator)["id"]
        self.token, self.since = None, 0.0
        self.permissions = set(call("GET", "/v1/me", token=self.fresh())["permissions"]) | {"signed_in"}

    def fresh(self):
        """A token that lives for a while yet."""
        if time.monotonic() - self.since > GOOD_FOR:
            self.token, self.since = self.spare(), time.monotonic()
        return self.token

    def spare(self):
        """A token of a session of its own, which may end."""
        return call("POST", "/v1/sessions", {"user_name": self.name, "password": PASSWORD})["access_token"]


def hired():
    """The accounts, and a client with its secret."""
    first = call("POST", "/v1/sessions", {"user_name": "administrator", "password": "canbo-demo"})["access_token"]
    body = {"client_id": f"walker_{secrets.token_hex(3)}", "name": "Walker"}
    return [Account(role, first) for role in ROLES], call("POST", "/v1/clients", body, first)


ACCOUNTS, CLIENT = hired()
OURS = {one for account in ACCOUNTS for one in (account.id, account.grant)} | {CLIENT["client"]["id"]}
BASIC = base64.b64encode(f"{CLIENT['client']['client_id']}:{CLIENT['client_secret']}".encode()).decode()
ENDS_SESSIONS = {"deleteCurrentSession", "deleteSessions", "deleteSession", "changeOwnPassword"}


@schemathesis.auth(refresh_interval=None)
class Roles:
    def get(self, case, context):
        operation = case.operation.definition.raw
        if any("client" in one for one in operation.get("security", [])):
            return f"Basic {BASIC}"
        scopes = {scope for one in operation.get("security", []) for scope in one.get("bearer", [])}
        account = next(account for account in ACCOUNTS if scopes <= account.permissions)
        if operation["operationId"] in ENDS_SESSIONS:
            return f"Bearer {ACCOUNTS[-1].spare()}"
        return f"Bearer {account.fresh()}"

    def set(self, case, data, context):
        case.headers["Authorization"] = data


def whole(value):
    """79.0 is an integer to JSON Schema, and to no program that writes JSON for canbo."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(one) for one in value]
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    """Leaves the accounts of the run alone; follows no link to what is null; shows who calls in one way."""
    unsafe = case.method.upper() not in ("GET", "HEAD")
    for name, value in (case.path_parameters or {}).items():
        if value in (None, "None") or unsafe and str(value) in OURS:
            case.path_parameters[name] = str(uuid.uuid4())
    if case.path.startswith("/oauth/") and isinstance(case.body, dict):
        case.body.pop("client_id", None)
        case.body.pop("client_secret", None)
    elif case.meta is not None and case.meta.generation.mode.is_positive:
        case.body = whole(case.body)


@schemathesis.check
def refused_for_what_it_means(ctx, response, case):
    """What fits the schema is refused for what is stored, never for its form (400 and 422)."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    problem = response.json()
    # What these may be no schema says: it depends on the key of a value of law, on the topic of a particular, and a name
    # stands in a scope once.
    beyond = ("/value", "/text", "/allowed_scope")
    # A cursor is signed, and OAuth has one error for several faults: no schema can say either.
    # A key may have been used for another body.
    if problem.get("code") in ("invalid_cursor", "invalid_request", "unsupported_grant_type", "invalid_scope", "key_reused"):
        return
    findings = problem.get("errors", [])
    codes = {finding["code"] for finding in findings if not finding["pointer"].startswith(beyond)}
    assert findings and not codes & OF_FORM, f"what fits its schema was refused for its form: {sorted(codes)}"
