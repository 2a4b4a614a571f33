import os
import stat
import sys

mine = sys.stdin.read()
# Put together here, so that this source does not hold them.
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
# In our own memory the words stand because this program has put them together; the environment is the kernel's copy.
for part in ("environ", "cmdline"):
    with open(f"/proc/self/{part}", "rb") as file:
        if any(word in file.read() for word in wanted):
            found.append(part)
print("\n".join("BROKEN: found in " + path for path in found) or "held")
