"""The cheap rules of plain English, over all that a person reads; CONTRIBUTING.md has the whole rules.

`english_test.py --list [PATH]` prints each breach below PATH.
"""

import collections
import re
import subprocess
import sys
import unittest

from checkout import ROOT
from english import all_texts

# Words that have a plainer one, with it.
WORDS = {
    r"tells?|told|telling": "report, show, return, list",
    r"stands?|stood": "is, is in, is listed in",
    r"nobody|somebody|whoever|whom": "name the subject: the client, the worker, no process",
    r"he|him|his": "it, they",
    r"for ever": "forever",
    r"dear": "expensive",
}
# In code the subject has a name: the caller, the holder, the process. Pages have readers, who are people.
WORDS_OF_CODE = {r"who": "name the subject: the client, the worker, the caller"}
# How no sentence begins.
BEGINNINGS = {"Of", "What", "Who", "Whose", "So", "Else", "Nor"}

FORBIDDEN = {re.compile(rf"\b(?:{words})\b", re.I): instead for words, instead in WORDS.items()}
FORBIDDEN_IN_CODE = FORBIDDEN | {re.compile(rf"\b(?:{words})\b", re.I): instead for words, instead in WORDS_OF_CODE.items()}
SENTENCE = re.compile(r"(?:^|(?<=[.!?:]) +)(\w+)(?=[^?.!]*([?.!]|$))")

# Subjects of commits after this one have at most SUBJECT_MAX characters. Earlier ones are history.
OLD_COMMIT = "e040114"
SUBJECT_MAX = 72


def breaches():
    """(text, what is wrong) for each breach."""
    for text in all_texts():
        words = FORBIDDEN if text.kind == "page" else FORBIDDEN_IN_CODE
        for pattern, instead in words.items():
            for found in pattern.finditer(text.text):
                yield text, f'"{found[0]}": {instead}'
        # A test's name goes on where its suite's name ends: "FleetSummary, OfOneWorkerIsItsAnnouncement".
        if text.kind in ("comment", "page"):
            for sentence in SENTENCE.finditer(text.text):
                if sentence[1] in BEGINNINGS and sentence[2] != "?":
                    yield text, f'begins with "{sentence[1]}"'


def shown(text, wrong):
    return f"{text.path}:{text.line}: {wrong}: {text.text[:100]}"


class English(unittest.TestCase):
    def test_what_a_person_reads_is_plain(self):
        self.assertEqual([shown(*breach) for breach in breaches()], [])

    def test_subjects_of_commits_are_short(self):
        log = subprocess.run(["git", "log", "--no-merges", "--format=%s", f"{OLD_COMMIT}..HEAD"], cwd=ROOT,
                             capture_output=True, text=True)
        if log.returncode != 0:
            self.skipTest("no git history here")
        self.assertEqual([subject for subject in log.stdout.splitlines() if len(subject) > SUBJECT_MAX], [])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--list"]:
        below = sys.argv[2] if len(sys.argv) > 2 else ""
        found = [(text, wrong) for text, wrong in breaches() if text.path.startswith(below)]
        for text, wrong in found:
            print(shown(text, wrong))
        for folder, count in sorted(collections.Counter("/".join(text.path.split("/")[:2]) for text, _ in found).items()):
            print(f"{count:5} {folder}")
    else:
        unittest.main()
