"""Counts the skipped tests of a ctest log by reason, so that every skip is visible."""

import collections
import re
import sys

# GoogleTest: the reason is between "Skipped" and the test's closing line.
GTEST = re.compile(r": Skipped\n(.*?)\n+\[  SKIPPED \] ([^\n,]+) \(", re.S)
# unittest -v: "name (file.Class.name) ... skipped 'reason'", with an optional docstring line in between.
UNITTEST = re.compile(r"^(\w+) \([\w.]+\)(?:\n[^\n]*)? \.\.\. skipped (['\"])(.*?)\2$", re.M)
# A whole entry: tests/integration/evalx_server.py and tests/vm/boot print this line and exit with 77.
WHOLE_FILE = re.compile(r"^(?:vm: )?skipped[:,] (.*)$", re.M)


def main(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    reasons = collections.Counter()
    reasons.update(" ".join(reason.split()) for reason, _ in GTEST.findall(text))
    reasons.update(reason for _, _, reason in UNITTEST.findall(text))
    reasons.update(WHOLE_FILE.findall(text))
    print(f"skipped tests: {sum(reasons.values())}")
    for reason, count in sorted(reasons.items()):
        print(f"  {count} × {reason}")


if __name__ == "__main__":
    main(sys.argv[1])
