"""The image and docker-compose.yml: privileges and networks of each container, and agreement with the binary."""

import fnmatch
import os
import re
import subprocess
import unittest

import shipped

COMPOSE = shipped.read_yaml("docker-compose.yml")
SERVICES = COMPOSE["services"]
# Keys that would give a container access to the machine.
FORBIDDEN = ["privileged", "devices", "device_cgroup_rules", "pid", "ipc", "network_mode", "userns_mode",
             "cgroup_parent", "group_add"]
EVALX = ["api", "worker"]


def default_of(text):
    """Replaces `${NAME:-value}` by its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(text))


class Rights(unittest.TestCase):
    def test_no_container_is_privileged_or_shares_parts_of_the_host(self):
        for name, service in SERVICES.items():
            with self.subTest(name):
                self.assertEqual([key for key in FORBIDDEN if key in service], [])
                volumes = service.get("volumes", [])
                self.assertEqual([volume for volume in volumes if volume.startswith("/") and ":" in volume], [])

    def test_only_workers_have_capabilities_and_only_those_of_the_adr(self):
        for name, service in SERVICES.items():
            with self.subTest(name):
                self.assertEqual(service["cap_drop"], ["ALL"])
                expected = shipped.capabilities_of_adr() if name == "worker" else []
                self.assertEqual(sorted(service.get("cap_add", [])), sorted(expected))
                self.assertIn("no-new-privileges=true", service["security_opt"])

    def test_worker_has_the_shipped_filter_and_no_service_is_unfiltered(self):
        filters = {name: [option.split("=", 1)[1] for option in service["security_opt"] if option.startswith("seccomp")]
                   for name, service in SERVICES.items()}
        self.assertEqual(filters.pop("worker"), ["deploy/seccomp.json"])
        self.assertEqual({name: found for name, found in filters.items() if found}, {})
        self.assertEqual(shipped.read_json("deploy/seccomp.json")["defaultAction"], "SCMP_ACT_ERRNO")

    def test_api_and_redis_run_as_ordinary_users(self):
        self.assertEqual(SERVICES["api"]["user"], "evalx")
        self.assertRegex(shipped.read("Dockerfile"), r"useradd .* evalx \\\n")
        self.assertNotEqual(SERVICES["redis"]["user"].split(":")[0], "0")

    def test_root_file_systems_are_read_only(self):
        for name in ["redis", "api", "worker", "prometheus"]:
            self.assertIs(SERVICES[name]["read_only"], True, name)


class Networks(unittest.TestCase):
    def test_workers_and_redis_have_no_network_to_the_outside(self):
        internal = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
        self.assertEqual(internal, {"queue", "scrape"})
        for name, service in SERVICES.items():
            with self.subTest(name):
                self.assertEqual(set(service["networks"]) <= internal, name in ("redis", "worker"))
                self.assertEqual("ports" in service, name not in ("redis", "worker"))

    def test_ports_are_published_on_loopback_by_default(self):
        for name, service in SERVICES.items():
            for port in service.get("ports", []):
                with self.subTest(f"{name}: {port}"):
                    self.assertRegex(default_of(port), r"^127\.0\.0\.1:\d+:\d+$")

    def test_only_api_and_workers_reach_redis(self):
        members = [name for name, service in SERVICES.items() if "queue" in service["networks"]]
        self.assertEqual(members, ["redis", "api", "worker"])


class Composition(unittest.TestCase):
    def test_four_workers_use_the_image_that_the_api_builds(self):
        self.assertEqual(SERVICES["worker"]["deploy"]["replicas"], 4)
        self.assertEqual(SERVICES["worker"]["image"], SERVICES["api"]["image"])
        self.assertNotIn("container_name", SERVICES["worker"])
        self.assertEqual([SERVICES[name]["command"] for name in EVALX], [["api"], ["worker"]])

    def test_redis_options_are_those_that_evalx_requires(self):
        command = SERVICES["redis"]["command"]
        options = dict(zip(command[1::2], command[2::2]))
        self.assertEqual(options["--appendonly"], "yes")
        self.assertEqual(options["--appendfsync"], "always")
        self.assertEqual(options["--maxmemory-policy"], "noeviction")

    def test_stop_grace_period_is_longer_than_the_drain(self):
        for name in EVALX:
            grace = int(SERVICES[name]["environment"]["EVALX_DRAIN_GRACE_SECONDS"])
            self.assertGreaterEqual(int(SERVICES[name]["stop_grace_period"].rstrip("s")), grace + 5, name)

    def test_image_drains_within_the_ten_seconds_of_docker_stop(self):
        grace = int(re.search(r"^ENV .*EVALX_DRAIN_GRACE_SECONDS=(\d+)", shipped.read("Dockerfile"), re.M)[1])
        self.assertLessEqual(grace + 2, 10)

    def test_documented_docker_run_stops_later_than_it_drains(self):
        page = shipped.read("docs/deployment.md")
        timeout, grace = re.search(r"--stop-timeout (\d+) -e EVALX_DRAIN_GRACE_SECONDS=(\d+)", page).groups()
        self.assertGreaterEqual(int(timeout), int(grace) + 5)

    def test_logs_are_bounded_and_containers_restart(self):
        for name, service in SERVICES.items():
            with self.subTest(name):
                self.assertIn("max-size", service["logging"]["options"])
                self.assertEqual(service["restart"], "unless-stopped")

    def test_every_setting_of_a_container_exists_in_evalx(self):
        answer = subprocess.run([shipped.BINARY, "serve", "--help"], capture_output=True, text=True, timeout=20, check=True)
        flags = set(re.findall(r"--[a-z][a-z-]+", answer.stdout))
        names = {name for service in EVALX for name in SERVICES[service]["environment"]}
        names |= set(re.findall(r"(?<!-D )\b(EVALX_\w+)=", shipped.read("Dockerfile")))
        self.assertLess({"EVALX_LISTEN", "EVALX_QUEUE", "EVALX_DATA_DIR"}, names)
        self.assertEqual([name for name in names if "--" + name[6:].lower().replace("_", "-") not in flags], [])

    def test_every_variable_is_documented(self):
        page = shipped.read("docs/deployment.md")
        names = set(re.findall(r"\$\{(\w+):-", shipped.read("docker-compose.yml")))
        self.assertGreater(len(names), 5)
        self.assertEqual([name for name in sorted(names) if f"`{name}`" not in page], [])


class Image(unittest.TestCase):
    DOCKERFILE = shipped.read("Dockerfile")

    def test_image_installs_exactly_the_libraries_of_the_binary(self):
        answer = subprocess.run(["ldd", shipped.BINARY], capture_output=True, text=True, timeout=20, check=True)
        files = [os.path.realpath(file) for file in re.findall(r"=> (/\S+)", answer.stdout)]
        # Debian registers a file below /lib or below /usr/lib, which are the same: dpkg finds only one of the two.
        names = [name for file in files for name in (file, file.removeprefix("/usr"))]
        answer = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, timeout=20, check=False)
        owners = {file.removeprefix("/usr"): package
                  for package, file in re.findall(r"^([^:]+).*: (/\S+)$", answer.stdout, re.M)}
        needed = {owners[file.removeprefix("/usr")] for file in files}
        self.assertIn("libc6", needed)
        needed -= {"libc6", "libgcc-s1", "libstdc++6"}  # Part of every Debian.
        install = re.search(r"--no-install-recommends \\\n(.*?)\n &&", self.DOCKERFILE, re.S)[1]
        self.assertEqual(set(install.replace("\\", "").split()), needed | {"ca-certificates"})

    def test_copied_files_exist_and_are_not_ignored(self):
        ignored = [line for line in shipped.read(".dockerignore").splitlines() if line and not line.startswith("#")]
        self.assertEqual(ignored[0], "*")
        sent = [line[1:] for line in ignored if line.startswith("!")]
        for source in re.findall(r"^COPY (?!--from)(\S+) \S+$", self.DOCKERFILE, re.M):
            with self.subTest(source):
                self.assertTrue(os.path.exists(shipped.path(source)))
                self.assertTrue(source == "." or any(fnmatch.fnmatch(source, name + "*") for name in sent), "ignored")
        for name in sent:
            self.assertTrue(os.path.exists(shipped.path(name)), name)

    def test_everything_that_cmake_reads_is_sent(self):
        lists = shipped.read("CMakeLists.txt")
        folders = {name.split("/")[0] for name in re.findall(r"add_subdirectory\(([\w/]+)\)", lists)}
        for name in sorted(folders | {"cmake", "languages", "seccomp", "CMakeLists.txt", "CMakePresets.json"}):
            self.assertIn(f"\n!{name}\n", shipped.read(".dockerignore"))

    def test_packages_are_installed_before_sources_are_copied(self):
        self.assertLess(self.DOCKERFILE.index("RUN scripts/install-packages"), self.DOCKERFILE.index("COPY . ."))

    def test_build_works_with_debians_docker(self):
        """Docker 20.10 without BuildKit has no frontends, no mounts and no here-documents."""
        self.assertNotRegex(self.DOCKERFILE, r"(?m)^# *syntax=|--mount=|<<|--chmod=|--link")


if __name__ == "__main__":
    shipped.need_binary()
    unittest.main()
