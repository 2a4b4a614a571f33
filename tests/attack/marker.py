"""A word that stands in the servers' environment and in a file of the host's /etc, and nowhere else."""

import secrets

MARKER = "attack-marker-" + secrets.token_hex(8)
