"""Another user of the machine reads nothing that evalX stores: sources, hidden tests, results, compiled programs."""

import os
import stat
import subprocess
import unittest

from evalx_server import Server, main

STRANGER = 54321  # An id without a user, not that of the server and not that of a program.
SECRET = "the hidden test of a contest"

# Prints each path below the folders that its user may list or read.
WALK = """
import os, sys
for top in sys.argv[1:]:
    for folder, _, files in os.walk(top):
        if os.access(folder, os.R_OK):
            print(folder)
        for name in files:
            path = os.path.join(folder, name)
            if os.access(path, os.R_OK):
                print(path)
"""


def visible_to_a_stranger(*folders):
    """The paths that an unrelated user finds below the folders."""
    done = subprocess.run(["/usr/bin/python3", "-c", WALK, *folders], user=STRANGER, group=STRANGER, extra_groups=[],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=True, cwd="/")
    return [path for path in done.stdout.splitlines() if path not in folders]


class OldUmask(Server):
    """Started with the umask of most shells."""

    def start(self):
        before = os.umask(0o022)
        try:
            super().start()
        finally:
            os.umask(before)


class PrivateFiles(unittest.TestCase):
    def submit(self, server):
        result = server.judge("c", "int main(void) { return 0; }\n", [{"stdin": SECRET}])
        self.assertEqual(result["verdict"], "accepted", result)

    def assert_private(self, server):
        self.assertEqual(visible_to_a_stranger(server.folder), [server.log_path])
        seen = 0
        for folder, folders, files in os.walk(server.data):
            for name in [".", *folders, *files]:
                path = os.path.join(folder, name)
                self.assertEqual(stat.S_IMODE(os.lstat(path).st_mode) & 0o077, 0, path)
                seen += 1
        self.assertGreater(seen, 5)

    def test_another_user_reads_nothing_of_a_server(self):
        with OldUmask() as server:
            self.submit(server)
            self.assert_private(server)

    def test_modes_of_an_older_evalx_are_mended_at_the_start(self):
        with OldUmask() as server:
            self.submit(server)
            self.assertEqual(server.stop(), 0)
            for folder, folders, files in os.walk(server.data):
                os.chmod(folder, 0o755)
                for name in files:
                    os.chmod(os.path.join(folder, name), 0o644)
            self.assertIn(os.path.join(server.data, "queue", "queue.db"), visible_to_a_stranger(server.folder))
            server.start()
            self.assertEqual(visible_to_a_stranger(server.folder), [server.log_path])

    def test_folders_above_the_data_folder_can_be_passed(self):
        class Deep(OldUmask):
            def command(self):
                self.data = os.path.join(self.folder, "above", "more", "data")
                return super().command()

        with Deep() as server:
            self.submit(server)
            self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(server.data)).st_mode), 0o755)


if __name__ == "__main__":
    main()
