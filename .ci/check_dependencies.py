"""Holds the dependencies against deny.toml: licences, bans, sources. Then looks for dependencies that no file names.

`cargo deny check bans licenses sources` asks the same and more; building it takes longer than everything else here.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = tomllib.loads((ROOT / "deny.toml").read_text())
MANIFEST = tomllib.loads((ROOT / "Cargo.toml").read_text())


def permitted(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences. `/` is the old form of OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def primary():
        token = tokens.pop(0)
        if token == "(":
            value = either()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    def both():
        value = primary()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value = primary() and value
        return value

    def either():
        value = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value = both() or value
        return value

    return either()


def main():
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    allowed = set(RULES["licenses"]["allow"])
    banned = {ban["name"]: ban["reason"] for ban in RULES["bans"]["deny"]}
    faults = []
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        if package["name"] in banned:
            faults.append(f"{name} is banned: {banned[package['name']]}")
        if not package["license"] or not permitted(package["license"], allowed):
            faults.append(f"{name} has the licence {package['license']}, which deny.toml does not allow")
        if package["source"] and not package["source"].startswith("registry+"):
            faults.append(f"{name} comes from {package['source']}, which is no registry")

    registries = {package["source"] for package in metadata["packages"] if package["source"]}
    if len(registries) > 1:
        faults.append(f"packages come from more than one registry: {sorted(registries)}")

    code = "\n".join(path.read_text() for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.rs"))
    for name in [*MANIFEST["dependencies"], *MANIFEST["dev-dependencies"]]:
        if not re.search(rf"\b{name.replace('-', '_')}\b", code):
            faults.append(f"{name} is a dependency that no file names")

    for fault in faults:
        print(fault)
    print(f"{len(metadata['packages'])} packages, {len(faults)} faults")
    sys.exit(bool(faults))


main()
