"""The files of this checkout, for the tests of tests/tidy: which there are, what they hold, which room each is in."""

import functools
import os
import re

from arrows import MAY_INCLUDE

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_OURS = {".git", "build", "data", "__pycache__"}
SOURCE_ENDINGS = (".cpp", ".hpp", ".h", ".c", ".in", ".py", ".cmake", ".toml", ".json", ".txt", ".md", ".yml")


def walk():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), ROOT)


FILES = list(walk())


@functools.cache
def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def is_text(path):
    return path.endswith(SOURCE_ENDINGS) or is_script(path)


def is_script(path):
    return os.path.dirname(path) in ("scripts", ".ci", "deploy/docker") or path == "start-dev.sh"


def is_test(path):
    """Whether only tests use the file: x_test.cpp, test_x.hpp, and fakes."""
    name = os.path.basename(path)
    return re.search(r"_test\.[ch]pp$", name) is not None or name.startswith(("test_", "fake_"))


def code_files():
    return [path for path in FILES if path.startswith(("src/", "apps/")) and path.endswith((".cpp", ".hpp"))]


def folder_of(room):
    return f"src/{room}" if not room.startswith("apps") else room.replace("apps", "apps/evalx", 1)


def room_of(path):
    """The room that a file is in, by its deepest folder that is one: "queue/sqlite"; "apps" for the commands."""
    room = os.path.dirname(path).removeprefix("src/").replace("apps/evalx", "apps")
    while room and room not in MAY_INCLUDE:
        room = os.path.dirname(room)
    return room
