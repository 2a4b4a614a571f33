import os

broken = []
for folder, folders, names in os.walk("/"):
    if folder.startswith(("/usr", "/proc/")):
        folders[:] = []
        continue
    for name in names:
        if name in ("cgroup.procs", "release_agent", "tasks", "memory.limit_in_bytes"):
            broken.append(f"{folder}/{name}")
if os.path.exists("/sys"):
    broken.append("/sys exists")
for line in open("/proc/self/cgroup"):
    # With version 2 the program's cgroup is one of the slot's two leaves and always has this name.
    if not line.strip().endswith((":/", "0::/run")):
        broken.append("group " + line.strip())
for line in open("/proc/self/mountinfo"):
    fields = line.split()
    for word in ("evalx", "slot", "/home", "/root", "overlay", "upperdir", " cgroup"):
        if word in line:
            broken.append("mount " + line.strip())
    if fields[4] not in ("/", "/box", "/tmp", "/dev/shm") and not fields[4].startswith(("/usr", "/lib", "/bin", "/sbin", "/etc/", "/var/lib/", "/dev/", "/proc")):
        broken.append("mount at " + fields[4])
print("\n".join("BROKEN: " + word for word in broken) or "held")
