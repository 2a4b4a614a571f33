"""How busy the machine is: the factor by which a time limit may be exceeded before evalX is to blame."""

import os
import subprocess
import sys

SPIN_SECONDS = 0.05
# Under emulation (tests/vm) everything takes many times longer.
EMULATED = 12.0 if os.environ.get("EVALX_EMULATED") else 1.0
SPIN = f"""
import time
began, used = time.monotonic(), time.thread_time()
while time.thread_time() - used < {SPIN_SECONDS}: pass
print((time.monotonic() - began) / {SPIN_SECONDS})
"""


def slowdown():
    """Runs a busy process for each CPU; returns wall time / CPU time of the slowest one, at least 1.0."""
    spinners = [subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE) for _ in range(os.cpu_count() or 1)]
    return max(1.0, *(float(spinner.communicate()[0]) for spinner in spinners))
