#!/usr/bin/env python3
"""Verifies an exported audit record, written from the text of AUDIT.md alone; it shares no code with canbo.

    verify_audit.py EXPORT.ndjson [--checkpoints FILE] [--keys JWKS.json] [--part]

EXPORT has the lines of GET /v1/audit/export, all parts one after the other. FILE has checkpoints: the lines of
CANBO_AUDIT_ANCHOR_FILE, or pages of GET /v1/audit/checkpoints. With --keys their signatures are checked, for which the
package `cryptography` is needed. --part: the export need not begin at 1 nor reach the end.
Prints one JSON object; exit code 0 when nothing is bad, 1 when something is, 2 when the input cannot be read.
"""
import argparse
import base64
import hashlib
import json
import re
import sys
import unicodedata

MEMBERS = {
    "v", "id", "recorded_at", "actor_kind", "actor_id", "actor_label", "action", "target_kind", "target_id", "unit_id",
    "outcome", "code", "before_digest", "after_digest", "detail", "request_id", "subjects",
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def canonical(value):
    """The canonical JSON of a value, as bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def has_float(value):
    if isinstance(value, dict):
        return any(has_float(one) for one in value.values())
    if isinstance(value, list):
        return any(has_float(one) for one in value)
    return isinstance(value, float)


def is_canonical(text):
    try:
        entry = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(entry, dict)
        and set(entry) == MEMBERS
        and entry["v"] == 1
        and isinstance(entry["recorded_at"], str)
        and INSTANT.fullmatch(entry["recorded_at"]) is not None
        and not has_float(entry)
        and unicodedata.is_normalized("NFC", text)
        and canonical(entry) == text.encode("utf-8")
    )


def follow(lines, part):
    """Gives the last good place as (seq, hash), and the first bad one as (seq, reason)."""
    at = (0, bytes(32))
    first = True
    for line in lines:
        seq, before, own = line["seq"], bytes.fromhex(line["prev_hash"]), bytes.fromhex(line["hash"])
        if first and part:
            at = (seq - 1, before)
        first = False
        expected = at[0] + 1
        if seq != expected:
            return at, (expected, "missing")
        if before != at[1]:
            return at, (seq, "out_of_chain")
        data = line["canonical"].encode("utf-8", "surrogatepass")
        if hashlib.sha256(before + seq.to_bytes(8, "big") + data).digest() != own:
            return at, (seq, "hash_differs")
        if not is_canonical(line["canonical"]):
            return at, (seq, "not_canonical")
        at = (seq, own)
    return at, None


def signature_is_good(made, keys):
    """None when the key is not among those given."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key in keys["keys"]:
        if key["kid"] == made["key_id"]:
            x = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
            text = f"canbo audit checkpoint 1\n{made['seq']}\n{made['hash']}\n{instant(made['made_at'])}\n"
            try:
                Ed25519PublicKey.from_public_bytes(x).verify(bytes.fromhex(made["signature"]), text.encode())
            except InvalidSignature:
                return False
            return True
    return None


def instant(text):
    """As it is signed: with six digits after the seconds."""
    match = re.fullmatch(r"(.{19})(?:\.(\d{1,6}))?Z", text)
    if match is None:
        return text
    return f"{match[1]}.{(match[2] or '').ljust(6, '0')}Z"


def compare(checkpoints, hashes, part, keys):
    signed = 0
    for made in sorted(checkpoints, key=lambda made: made["seq"]):
        seq = made["seq"]
        if part and seq not in hashes:
            continue
        if seq not in hashes:
            return signed, (seq, "cut_off")
        if hashes[seq] != made["hash"]:
            return signed, (seq, "checkpoint_differs")
        if keys is not None:
            good = signature_is_good(made, keys)
            if good is False:
                return signed, (seq, "signature_bad")
            signed += good is True
    return signed, None


def read_checkpoints(name):
    with open(name, encoding="utf-8") as file:
        values = [json.loads(line) for line in file if line.strip()]
    return [made for value in values for made in value.get("data", [value])]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("export")
    arguments.add_argument("--checkpoints")
    arguments.add_argument("--keys")
    arguments.add_argument("--part", action="store_true")
    asked = arguments.parse_args()
    try:
        # Only a line feed ends a line: texts may hold other characters that Python takes for one.
        with open(asked.export, encoding="utf-8", newline="\n") as file:
            lines = [json.loads(line) for line in file if line.strip()]
        checkpoints = read_checkpoints(asked.checkpoints) if asked.checkpoints else []
        keys = None
        if asked.keys:
            with open(asked.keys, encoding="utf-8") as file:
                keys = json.load(file)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return 2
    at, bad = follow(lines, asked.part)
    hashes = {line["seq"]: line["hash"] for line in lines}
    first = lines[0]["seq"] if lines else 1
    signed, broken = compare(checkpoints, hashes, asked.part, keys)
    faults = sorted(fault for fault in (bad, broken) if fault is not None)
    result = {
        "valid": not faults,
        "entries": at[0] - (first - 1 if asked.part else 0),
        "first_bad": {"seq": faults[0][0], "reason": faults[0][1]} if faults else None,
        "head": {"seq": at[0], "hash": at[1].hex()},
        "checkpoints": len(checkpoints),
        "signatures": signed,
    }
    print(json.dumps(result))
    return 0 if result["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
