"""Reads the files that are shipped for running evalX."""

import json
import os
import re
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is missing")
    sys.exit(77)  # CTest's SKIP_RETURN_CODE is set to this.

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("EVALX_BINARY", "")


def path(name):
    return os.path.join(ROOT, name)


def read(name):
    with open(path(name), encoding="utf-8") as file:
        return file.read()


def read_yaml(name):
    return yaml.safe_load(read(name))


def read_json(name):
    return json.loads(read(name))


def capabilities_of_adr():
    """The capabilities of containers, from the line `cap_add: [A, B, …]` of docs/adr/0003."""
    return re.search(r"`cap_add: \[([A-Z_, ]+)\]`", read("docs/adr/0003-a-launcher-without-rights.md"))[1].split(", ")


def need_binary():
    if not os.access(BINARY, os.X_OK):
        print(f"EVALX_BINARY must name the evalx to test, not {BINARY!r}")
        sys.exit(1)
