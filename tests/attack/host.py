"""The state of the host that an attack must not change: processes, descriptors, mounts, cgroups, files, memory."""

import hashlib
import mmap
import os
import re
import time

import load

SANDBOX_UID_LEAST = 2_000_000
RSS_GROWTH_KB_MAX = 8 * 1024
# The data folder holds results and compiled programs; all programs of the attacks are small.
DATA_GROWTH_BYTES_MAX = 64 << 20
WRITTEN_BYTES_MAX = 256 << 20  # By server and launcher, to any disk.
# Other programs fill the disk as well, and the cause cannot be seen, so this limit is far above their use.
DISK_LOSS_BYTES_MAX = 2 << 30
INODES_LOSS_MAX = 100_000
SETTLE_SECONDS = 5 * load.EMULATED
SAMPLE_FILES = ("/usr/bin/env", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/gcc-12", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
# Mounts of container managers, which may change at any time.
FOREIGN_MOUNTS = ("/var/lib/docker/", "/run/docker/", "/var/lib/containerd/", "/run/containerd/", "/var/lib/containers/", "/run/netns/", "/run/user/")
# A fault in the kernel; the kernel also logs "traps: NAME[PID] general protection fault" for a program that crashed itself.
KERNEL_TROUBLE = re.compile(r"\bOops\b|\bBUG:|\bWARNING:|(?<!\] )general protection|refcount_t|blocked for more than|KASAN|UBSAN")


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


def strays_of_isolate(server):
    """Live descendants of the server. For the engine isolate, whose runs do not have uids of evalX's sandboxes."""
    every = processes()
    found = []
    for pid, (parent, _, state) in every.items():
        above = parent
        while above in every and above not in (server, 1):
            above = every[above][0]
        if above == server and state != "Z":
            found.append(f"{pid} {read(f'/proc/{pid}/comm').strip()}")
    return [stray for stray in found if os.path.exists(f"/proc/{stray.split()[0]}")]


def strays(launcher):
    """Processes with a sandbox's uid that are not supervisors and belong to this launcher: its descendants, and those
    in its cgroups. An orphan counts as well, unless it is in the cgroup of another evalX, which uses the same uids."""
    every = processes()
    found = []
    for pid, (parent, uid, _) in every.items():
        if uid < SANDBOX_UID_LEAST or parent == launcher:
            continue
        above = parent
        while above in every and above not in (launcher, 1):
            above = every[above][0]
        groups = read(f"/proc/{pid}/cgroup")
        if above == launcher or f"/evalx-{launcher}-" in groups or (parent == 1 and "/evalx-" not in groups):
            found.append(f"{pid} {read(f'/proc/{pid}/comm').strip()} uid {uid}")
    # A process that has ended meanwhile does not count.
    return [stray for stray in found if os.path.exists(f"/proc/{stray.split()[0]}")]


def running(server, launcher):
    """Processes that run now in sandboxes of the server; without a launcher its engine is isolate."""
    return strays(launcher) if launcher else strays_of_isolate(server)


def rss_kb(pid):
    return int(status_of(pid).get("VmRSS", "0 kB").split()[0])


def descriptors(pid):
    """Open files of a process, without those that it keeps on purpose: compiled programs and namespaces of slots, whose
    number is limited."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd") if pid else []:
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    except OSError:
        pass
    return [target for target in found if not target.endswith(".artifact") and not target.startswith(("net:[", "ipc:[", "uts:["))]


def namespaces_kept(pid):
    """Network namespaces of slots; their number is limited by the slots that were alive at one time."""
    try:
        return sum(os.readlink(f"/proc/{pid}/fd/{name}").startswith("net:[") for name in os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def written_bytes(pid):
    """Bytes that the process itself wrote to disks."""
    found = re.search(r"^write_bytes: (\d+)", read(f"/proc/{pid}/io"), re.M)
    return int(found[1]) if found else 0


def fd_count(pid):
    return len(descriptors(pid))


def group_directories(launcher):
    """Paths of directories below the launcher's cgroups, without the cgroups of slots."""
    left = []
    for mount in [line.split()[4] for line in read("/proc/self/mountinfo").splitlines() if " - cgroup" in line]:
        for folder, folders, _ in os.walk(mount):
            if f"/evalx-{launcher}-" not in folder:
                # Skips deep trees of other programs.
                folders[:] = [name for name in folders if folder.count("/") < 9]
                continue
            below = folder.split(f"/evalx-{launcher}-", 1)[1].partition("/")[2]
            if below and not re.fullmatch(r"(slot-\d+(/(run|supervisor))?|supervisors?|launcher)", below):
                left.append(folder)
    return left


def sysv_objects():
    """Lines of the SysV objects that sandboxes' uids created."""
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
    """Digest of the file on the disk, past the page cache: a page changed only in memory differs from it."""
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
    """New lines of the kernel log that report trouble. Without permission to read the log, `fd` is None."""

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
            except OSError:  # EPIPE: lines were lost; the next read continues after them.
                continue
            if KERNEL_TROUBLE.search(line):
                found.append("kernel log: " + line.split(";", 1)[-1].strip())
        return found


class Host:
    """Remembers the state of the quiet host and reports differences from it."""

    def __init__(self, server, data, binary, sandboxes):
        self.server = server
        self.sandboxes = sandboxes
        self.launcher = launcher_of(server)
        self.data = data
        self.files = (binary, *(path for path in SAMPLE_FILES if os.path.exists(path)))
        self.fds = (fd_count(server), fd_count(self.launcher))
        self.mounts = self.mount_lines()
        self.digests = {path: digest(path) for path in self.files}
        self.disk_is_readable = self.can_read_disk()
        self.cores = self.core_files()
        self.disk = os.statvfs("/").f_bavail * os.statvfs("/").f_frsize
        self.inodes = os.statvfs("/").f_favail
        self.sysv = set(sysv_objects())
        self.left = set(files_of_sandboxes())
        self.written = self.written_bytes()
        self.log = KernelLog()

    def blind(self):
        """The checks that are not possible on this machine."""
        found = set()
        if self.log.fd is None:
            found.add("the kernel log: /dev/kmsg cannot be read")
        if not self.disk_is_readable:
            found.add("files on the disk, past the page cache: no O_DIRECT here")
        return found

    def written_bytes(self):
        return sum(written_bytes(pid) for pid in (self.server, self.launcher))

    def cpu_seconds(self):
        """CPU seconds that server, launcher and supervisors have used."""
        ours = [self.server, self.launcher, *(pid for pid, (parent, _, _) in processes().items() if parent == self.launcher)]
        ticks = 0
        for pid in ours:
            fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def can_read_disk(self):
        try:
            return [digest_on_disk(path) for path in self.files] == list(self.digests.values())
        except OSError:
            return False

    @staticmethod
    def mount_lines():
        return {line.split(" ", 2)[2] for line in read("/proc/1/mountinfo").splitlines()
                if not line.split()[4].startswith(FOREIGN_MOUNTS)}

    def core_files(self):
        folders = {os.path.realpath(f"/proc/{self.server}/cwd"), self.data, "/"}
        return {os.path.join(folder, name) for folder in folders for name in os.listdir(folder)
                if name == "core" or name.startswith("core.")}

    def memory(self):
        """Resident KiB of server and launcher, to be passed to growth() after the attack."""
        return rss_kb(self.server), rss_kb(self.launcher)

    def unsettled(self):
        """Differences that are no fault if they disappear within SETTLE_SECONDS."""
        found = [f"left running: {stray}" for stray in running(self.server, self.launcher)]
        for name, pid, most in (("server", self.server, self.fds[0]), ("launcher", self.launcher, self.fds[1])):
            if fd_count(pid) > most:
                found.append(f"{name} has {fd_count(pid)} descriptors, had {most}: {' '.join(descriptors(pid)[-12:])}")
        found += [f"new mount: {line}" for line in self.mount_lines() - self.mounts]
        found += [f"left cgroup: {path}" for path in group_directories(self.launcher)]
        # One more for each slot that is replaced while its old namespace is still in use.
        if namespaces_kept(self.launcher) > 2 * self.sandboxes + 2:
            found.append(f"the launcher keeps {namespaces_kept(self.launcher)} network namespaces for {self.sandboxes} sandboxes")
        return found

    def growth(self, memory, most_kb=RSS_GROWTH_KB_MAX):
        """Processes that use over `most_kb` more memory than at memory()."""
        return [f"the {name} grew from {before} to {after} KiB"
                for name, before, after in zip(("server", "launcher"), memory, self.memory()) if after > before + most_kb]

    def differences(self, data_bytes):
        """The differences as a list of sentences; empty if the host is unhurt."""
        if not os.path.exists(f"/proc/{self.server}") or launcher_of(self.server) != self.launcher:
            return ["the server or its launcher has ended"]
        end = time.monotonic() + SETTLE_SECONDS
        while (found := self.unsettled()) and time.monotonic() < end:
            time.sleep(0.01)  # Poll: the kernel's clean-up sends no event.
        # Sandboxes of another evalX have the same uids, so its leaks would show in these two as well.
        found += [f"SysV object: {line}" for line in set(sysv_objects()) - self.sysv]
        found += [f"file of a sandbox: {path}" for path in set(files_of_sandboxes()) - self.left]
        found += [f"core file: {path}" for path in self.core_files() - self.cores]
        if folder_bytes(self.data) > data_bytes + DATA_GROWTH_BYTES_MAX:
            found.append("the data folder grew")
        if os.statvfs("/").f_bavail * os.statvfs("/").f_frsize < self.disk - DISK_LOSS_BYTES_MAX:
            found.append("the disk is filled")
        if self.inodes and os.statvfs("/").f_favail < self.inodes - INODES_LOSS_MAX:
            found.append("the disk's inodes are used up")
        written, self.written = self.written, self.written_bytes()
        if self.written > written + WRITTEN_BYTES_MAX:
            found.append(f"server and launcher wrote {(self.written - written) >> 20} MiB")
        for path, was in self.digests.items():
            if digest(path) != was:
                found.append(f"{path} differs in the page cache")
            if self.disk_is_readable and digest_on_disk(path) != was:
                found.append(f"{path} differs on the disk")
        return found + self.log.trouble()
