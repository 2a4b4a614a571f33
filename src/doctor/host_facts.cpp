#include "doctor/host_facts.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "doctor/kernel_facts.hpp"
#include "kernel/file.hpp"

namespace evalx::doctor {
namespace {

std::string first_line_of(const char* path) {
  const auto text = kernel::read_file(AT_FDCWD, path, 4096);
  return text ? text->substr(0, text->find('\n')) : std::string{};
}

/// The value of the line "Key:\tvalue" in /proc/self/status.
std::string field_of(const std::string& status, const std::string& key) {
  const auto at = status.find("\n" + key + ":\t");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 3;
  return status.substr(begin, status.find('\n', begin) - begin);
}

/// Container managers leave these marks.
std::string container() {
  if (::access("/.dockerenv", F_OK) == 0) return "docker";
  if (::access("/run/.containerenv", F_OK) == 0) return "podman";
  if (std::string name = first_line_of("/run/systemd/container"); !name.empty()) return name;
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return "kubernetes";
  return {};
}

/// The free space of the file system of the folder, or of its first existing parent.
std::optional<std::uint64_t> free_disk_mb(std::filesystem::path folder) {
  struct statvfs system {};
  while (::statvfs(folder.c_str(), &system) < 0) {
    if (!folder.has_parent_path() || folder == folder.parent_path()) return std::nullopt;
    folder = folder.parent_path();
  }
  return system.f_bavail * system.f_frsize >> 20U;
}

/// "always [madvise] never": the word in brackets.
std::string chosen_word(const std::string& line) {
  const auto open = line.find('[');
  const auto close = line.find(']', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return line.substr(open + 1, close - open - 1);
}

std::optional<bool> turbo() {
  if (const auto off = number_in("/sys/devices/system/cpu/intel_pstate/no_turbo")) return *off == 0;
  if (const auto on = number_in("/sys/devices/system/cpu/cpufreq/boost")) return *on != 0;
  return std::nullopt;
}

}  // namespace

HostFacts look_at_host(const Plan& plan) {
  HostFacts facts;
  facts.uid = ::geteuid();
  const auto status = kernel::read_file(AT_FDCWD, "/proc/self/status");
  if (status) {
    const std::string set = field_of(*status, "CapEff");
    std::from_chars(set.data(), set.data() + set.size(), facts.capabilities, 16);
    facts.is_filtered = field_of(*status, "Seccomp") == "2";
  }
  facts.container = container();
  facts.has_systemd = ::access("/run/systemd/system", F_OK) == 0;  // As sd_booted(3).
  facts.account = plan.account;
  facts.core_pattern = first_line_of("/proc/sys/kernel/core_pattern");
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files = limit.rlim_max;
  facts.connections = plan.connections;
  facts.sandboxes = plan.sandboxes;
  facts.data_dir = plan.data_dir;
  facts.free_disk_mb = free_disk_mb(plan.data_dir);
  return facts;
}

TimingFacts look_at_timing(const Plan& plan) {
  TimingFacts facts;
  facts.cpus = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.sandboxes = plan.sandboxes;
  facts.clock = first_line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  facts.huge_pages = chosen_word(first_line_of("/sys/kernel/mm/transparent_hugepage/enabled"));
  facts.address_randomisation = number_in("/proc/sys/kernel/randomize_va_space");
  facts.turbo = turbo();
  facts.governor = first_line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  return facts;
}

}  // namespace evalx::doctor
