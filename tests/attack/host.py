"""What of the host must be the same before and after an attack: processes, descriptors, mounts, groups, files, memory."""

import hashlib
import mmap
import os
import re
import time

SANDBOX_UID_LEAST = 2_000_000
RSS_GROWTH_KB_MAX = 8 * 1024
DATA_GROWTH_BYTES_MAX = 256 << 20
DISK_LOSS_BYTES_MAX = 2 << 30
SETTLE_SECONDS = 5
SAMPLE_FILES = ("/usr/bin/env", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/gcc-12", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
KERNEL_TROUBLE = re.compile(r"\bOops\b|\bBUG:|\bWARNING:|general protection|refcount_t|blocked for more than|KASAN|UBSAN")


def read(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return default


def status_of(pid):
    return dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def processes():
    """{pid: (parent, uid, state)} of the whole machine."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (status := status_of(name)):
            found[int(name)] = (int(status["PPid"]), int(status["Uid"].split()[0]), status["State"][0])
    return found


def launcher_of(server):
    for pid, (parent, _, _) in processes().items():
        if parent == server and read(f"/proc/{pid}/cmdline").split("\0")[1:2] == ["launch"]:
            return pid
    return None


def strays(launcher):
    """Processes with a sandbox's uid, in our groups, below our launcher or orphaned, that are no supervisor of ours."""
    every = processes()
    found = []
    for pid, (parent, uid, _) in every.items():
        if uid < SANDBOX_UID_LEAST or parent == launcher:
            continue
        above = parent
        while above in every and above not in (launcher, 1):
            above = every[above][0]
        if above == launcher or parent == 1 or f"/evalx-{launcher}/" in read(f"/proc/{pid}/cgroup"):
            found.append(f"{pid} {read(f'/proc/{pid}/comm').strip()} uid {uid}")
    # One that ended while we looked is none.
    return [stray for stray in found if os.path.exists(f"/proc/{stray.split()[0]}")]


def rss_kb(pid):
    return int(status_of(pid).get("VmRSS", "0 kB").split()[0])


def descriptors(pid):
    """What a process has open, but for what is kept on purpose, and bounded: compiled programs, slots' namespaces."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    except OSError:
        pass
    return [target for target in found if not target.endswith(".artifact") and not target.startswith(("net:[", "ipc:[", "uts:["))]


def fd_count(pid):
    return len(descriptors(pid))


def group_directories(launcher):
    """Directories below the launcher's own cgroups, without the slots' own: (path, …)."""
    left = []
    for mount in [line.split()[4] for line in read("/proc/self/mountinfo").splitlines() if " - cgroup" in line]:
        for folder, folders, _ in os.walk(mount):
            if f"/evalx-{launcher}" not in folder:
                # Deep trees of others are none of our business.
                folders[:] = [name for name in folders if folder.count("/") < 9]
                continue
            below = folder.split(f"/evalx-{launcher}", 1)[1].strip("/")
            if below and not re.fullmatch(r"(slot-\d+(/run)?|supervisors?|launcher)", below):
                left.append(folder)
    return left


def sysv_objects():
    """Lines of SysV objects that a sandbox's uid made."""
    found = []
    for kind in ("shm", "sem", "msg"):
        for line in read(f"/proc/sysvipc/{kind}").splitlines()[1:]:
            if any(word.isdigit() and SANDBOX_UID_LEAST <= int(word) < SANDBOX_UID_LEAST + 8192 for word in line.split()[4:]):
                found.append(f"{kind} {line}")
    return found


def files_of_sandboxes():
    found = []
    for top in ("/dev/shm", "/tmp", "/var/tmp", "/dev/mqueue", "/run/lock"):
        try:
            entries = list(os.scandir(top))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.stat(follow_symlinks=False).st_uid >= SANDBOX_UID_LEAST:
                    found.append(entry.path)
            except OSError:
                continue
    return found


def folder_bytes(folder):
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
            except OSError:
                continue
    return total


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def digest_on_disk(path):
    """What stands on the disk, past the page cache: a page that was written to in memory alone differs from it."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        block = mmap.mmap(-1, 1 << 20)
        sha = hashlib.sha256()
        while True:
            got = os.readv(fd, [block])
            sha.update(block[:got])
            if got < len(block):
                return sha.hexdigest()
    finally:
        os.close(fd)


class KernelLog:
    """New lines of the kernel's log that speak of trouble. Blind, and says so, where it may not be read."""

    def __init__(self):
        try:
            self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
            os.lseek(self.fd, 0, os.SEEK_END)
        except OSError:
            self.fd = None

    def trouble(self):
        found = []
        while self.fd is not None:
            try:
                line = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                break
            except OSError:  # EPIPE: lines were lost; the next read goes on behind them.
                continue
            if KERNEL_TROUBLE.search(line):
                found.append("kernel log: " + line.split(";", 1)[-1].strip())
        return found


class Host:
    """Remembers the quiet host, and says what differs from it."""

    def __init__(self, server, data, binary):
        self.server = server
        self.launcher = launcher_of(server)
        self.data = data
        self.files = (binary, *(path for path in SAMPLE_FILES if os.path.exists(path)))
        self.fds = (fd_count(server), fd_count(self.launcher))
        self.mounts = self.mount_lines()
        self.digests = {path: digest(path) for path in self.files}
        self.disk_is_readable = self.can_read_disk()
        self.cores = self.core_files()
        self.disk = os.statvfs("/").f_bavail * os.statvfs("/").f_frsize
        self.log = KernelLog()

    def can_read_disk(self):
        try:
            return [digest_on_disk(path) for path in self.files] == list(self.digests.values())
        except OSError:
            return False

    @staticmethod
    def mount_lines():
        return {line.split(" ", 2)[2] for line in read("/proc/1/mountinfo").splitlines()}

    def core_files(self):
        folders = {os.path.realpath(f"/proc/{self.server}/cwd"), self.data, "/"}
        return {os.path.join(folder, name) for folder in folders for name in os.listdir(folder)
                if name == "core" or name.startswith("core.")}

    def memory(self):
        """Resident KiB of server and launcher, to be given to growth() after the attack."""
        return rss_kb(self.server), rss_kb(self.launcher)

    def unsettled(self):
        """What may take a moment to come back."""
        found = [f"left running: {stray}" for stray in strays(self.launcher)]
        for name, pid, most in (("server", self.server, self.fds[0]), ("launcher", self.launcher, self.fds[1])):
            if fd_count(pid) > most:
                found.append(f"{name} has {fd_count(pid)} descriptors, had {most}: {' '.join(descriptors(pid)[-12:])}")
        found += [f"new mount: {line}" for line in self.mount_lines() - self.mounts]
        found += [f"left cgroup: {path}" for path in group_directories(self.launcher)]
        return found

    def growth(self, memory, most_kb=RSS_GROWTH_KB_MAX):
        """Which process takes more than `most_kb` more than at memory()."""
        return [f"the {name} grew from {before} to {after} KiB"
                for name, before, after in zip(("server", "launcher"), memory, self.memory()) if after > before + most_kb]

    def differences(self, data_bytes):
        """What is not as it was: a list of sentences, empty if the host is unhurt."""
        if not os.path.exists(f"/proc/{self.server}") or launcher_of(self.server) != self.launcher:
            return ["the server or its launcher is gone"]
        end = time.monotonic() + SETTLE_SECONDS
        while (found := self.unsettled()) and time.monotonic() < end:
            time.sleep(0.01)  # Poll: the kernel's clean-up sends no event.
        found += [f"SysV object: {line}" for line in sysv_objects()]
        found += [f"file of a sandbox: {path}" for path in files_of_sandboxes()]
        found += [f"core file: {path}" for path in self.core_files() - self.cores]
        if folder_bytes(self.data) > data_bytes + DATA_GROWTH_BYTES_MAX:
            found.append("the data folder grew")
        if os.statvfs("/").f_bavail * os.statvfs("/").f_frsize < self.disk - DISK_LOSS_BYTES_MAX:
            found.append("the disk is filled")
        for path, was in self.digests.items():
            if digest(path) != was:
                found.append(f"{path} differs in the page cache")
            if self.disk_is_readable and digest_on_disk(path) != was:
                found.append(f"{path} differs on the disk")
        return found + self.log.trouble()
