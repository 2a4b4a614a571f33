"""Which room includes which: the arrows run down only, and the pages draw them as they are.

`rooms_test.py --arrows` prints the block of ARCHITECTURE.md that lists what each room includes.
"""

import os
import re
import sys
import unittest

from arrows import MAY_INCLUDE
from checkout import FILES, code_files, folder_of, is_test, read, room_of

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
ARROWS = re.compile(r"<!-- arrows: [^>]*-->\n```\n(.*?)```", re.S)


def included_room(path, included):
    """The room of an included file. Headers beside the commands are included by name or as "show/x.hpp"."""
    if f"apps/evalx/{included}" in FILES:
        return room_of(f"apps/evalx/{included}")
    return room_of(f"src/{included}") or room_of(path)


def inclusions():
    """(file, its room, the room it includes) for each include that leaves a room."""
    for path in code_files():
        for included in INCLUDE.findall(read(path)):
            target = included_room(path, included)
            if target != room_of(path):
                yield path, room_of(path), target


def arrows():
    """The block of ARCHITECTURE.md: what each room's code includes, tests aside."""
    found = {room: set() for room in MAY_INCLUDE}
    for path, room, target in inclusions():
        if not is_test(path):
            found[room].add(target)
    width = max(map(len, found))
    return "".join(f"{room:<{width}} → {' '.join(sorted(targets)) or '(none)'}\n" for room, targets in found.items())


class Rooms(unittest.TestCase):
    def test_no_include_goes_against_the_arrows(self):
        wrong = [f"{path}: {room} may not include {target}" for path, room, target in inclusions()
                 if target not in MAY_INCLUDE[room]]
        self.assertEqual(wrong, [])

    def test_every_allowed_arrow_is_drawn(self):
        drawn = {(room, target) for _, room, target in inclusions()}
        allowed = {(room, target) for room, targets in MAY_INCLUDE.items() for target in targets}
        self.assertEqual(sorted(allowed - drawn), [], "remove these from MAY_INCLUDE")

    def test_the_arrows_have_no_circle(self):
        done = []
        while len(done) < len(MAY_INCLUDE):
            free = [room for room in MAY_INCLUDE if room not in done and set(MAY_INCLUDE[room]) <= set(done)]
            self.assertNotEqual(free, [], f"these rooms are in a circle: {sorted(set(MAY_INCLUDE) - set(done))}")
            done += free

    def test_every_library_is_a_known_room(self):
        libraries = {os.path.dirname(path) for path in FILES if re.match(r"(src/.+|apps/evalx.*)/CMakeLists\.txt$", path)}
        self.assertEqual(libraries - {folder_of(room) for room in MAY_INCLUDE}, set())
        self.assertEqual([path for path in code_files() if not room_of(path)], [])

    def test_every_room_has_three_lines_about_itself(self):
        for room in MAY_INCLUDE:
            with self.subTest(room):
                lines = read(f"{folder_of(room)}/README.md").splitlines()
                self.assertEqual([line.split(":")[0] for line in lines], ["Purpose", "May use", "Must not use"])

    def test_the_architecture_page_shows_the_arrows_as_they_are(self):
        block = ARROWS.search(read("ARCHITECTURE.md"))
        self.assertIsNotNone(block, "the page has its block of arrows")
        self.assertEqual(block[1], arrows(), "replace it by what tests/tidy/rooms_test.py --arrows prints")

    def test_beast_stays_in_http(self):
        users = [path for path in code_files() if "#include <boost/beast" in read(path)]
        self.assertEqual([path for path in users if room_of(path).split("/")[0] != "http"], [])


if __name__ == "__main__":
    if sys.argv[1:] == ["--arrows"]:
        print(arrows(), end="")
    else:
        unittest.main()
