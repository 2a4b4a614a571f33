import os

broken = []
for path in ("/proc/1/mem", "/proc/1/environ", "/proc/1/maps", "/proc/1/fd", "/proc/1/root", "/proc/1/exe"):
    try:
        if os.path.isdir(path) and os.listdir(path):
            broken.append(path)
        elif not os.path.isdir(path) and open(path, "rb").read(1):
            broken.append(path)
    except OSError:
        pass
for folder, _, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
            broken.append(os.path.join(folder, name))
        except OSError:
            pass
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        broken.append(f"process {name} is visible")
print("\n".join("BROKEN: " + word for word in broken) or "held")
