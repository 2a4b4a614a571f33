import os
import socket

broken = []


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read(65536)
    except OSError:
        return b""


for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (os.getpid(), 1):
        broken.append(f"process {name}")
    if name.isdigit():
        for part in ("environ", "cmdline", "maps", "stack", "syscall", "wchan"):
            text = content(f"/proc/{name}/{part}")
            if any(word in text for word in (b"EVALX", b"ATTACK", b"evalx", b"launch", b"serve")):
                broken.append(f"/proc/{name}/{part}")
for path in ("kallsyms", "keys", "key-users", "sched_debug", "timer_list", "interrupts", "config.gz", "modules", "kcore", "kmsg",
             "slabinfo", "vmallocinfo", "zoneinfo", "iomem", "ioports", "softirqs", "schedstat", "pagetypeinfo", "kpageflags"):
    if content(f"/proc/{path}"):
        broken.append(f"/proc/{path} can be read")
for path in ("tcp", "udp", "raw", "packet", "route", "arp", "if_inet6"):
    if len(content(f"/proc/net/{path}").splitlines()) > 1:
        broken.append(f"/proc/net/{path}")
interfaces = [line.split(b":")[0].strip() for line in content("/proc/net/dev").splitlines()[2:]]
if interfaces != [b"lo"]:
    broken.append(f"interfaces {interfaces}")
for path in ("/sys", "/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/shadow", "/etc/resolv.conf", "/etc/fstab", "/root", "/home",
             "/var/log", "/run", "/etc/ssh", "/boot", "/srv", "/opt", "/etc/ssl/private", "/etc/evalx-attack-marker"):
    if os.path.exists(path):
        broken.append(path)
if socket.gethostname() != "evalx" or os.uname().nodename != "evalx":
    broken.append("host name " + socket.gethostname())
print("\n".join("BROKEN: " + word for word in broken) or "held")
