import os
import stat
import sys

mine = sys.stdin.read()
# Built from two parts, so that this source does not contain the words.
words = ["hidden-answer-" + "XYZZY", "another-input-" + "PLUGH"]
wanted = [word.encode() for word in words if word not in mine]
newer = os.stat("/etc/hostname").st_mtime
found = []
for folder, folders, names in os.walk("/"):
    if folder.startswith(("/usr", "/lib", "/proc/sys", "/var/lib")) or folder.count("/") > 3:
        folders[:] = []
        continue
    for name in names:
        path = os.path.join(folder, name)
        try:
            about = os.lstat(path)
            if not stat.S_ISREG(about.st_mode) or about.st_mtime < newer or about.st_size > 1 << 24:
                continue
            with open(path, "rb") as file:
                content = file.read(1 << 20)
        except OSError:
            continue
        if not path.startswith("/box/attack.py") and any(word in content for word in wanted):
            found.append(path)
# This program's memory contains the words that it built, but environment and command line are the kernel's copies.
for part in ("environ", "cmdline"):
    with open(f"/proc/self/{part}", "rb") as file:
        if any(word in file.read() for word in wanted):
            found.append(part)
print("\n".join("BROKEN: found in " + path for path in found) or "held")
