"""A random word that is only in the servers' environment and in a file in the host's /etc."""

import secrets

MARKER = "attack-marker-" + secrets.token_hex(8)
