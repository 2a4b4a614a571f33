#include "config/settings.hpp"

#include <algorithm>

namespace evalx::config {
namespace {

/// One HTTP thread serves thousands of requests a second, so programs get most of the CPUs.
constexpr unsigned kCpusPerHttpThread = 4;
constexpr unsigned kMaxDefaultHttpThreads = 8;

std::optional<std::filesystem::path> default_data_dir(bool is_root,
                                                      const Environment& environment) {
  if (is_root) return "/var/lib/evalx";
  // The XDG Base Directory Specification: ignore a relative path.
  if (const auto data = environment.find("XDG_DATA_HOME");
      data != environment.end() && data->second.starts_with('/'))
    return std::filesystem::path(data->second) / "evalx";
  if (const auto home = environment.find("HOME");
      home != environment.end() && home->second.starts_with('/'))
    return std::filesystem::path(home->second) / ".local/share/evalx";
  return std::nullopt;
}

}  // namespace

Settings default_settings(const Machine& machine, const Environment& environment) {
  Settings settings;
  settings.data_dir = default_data_dir(machine.is_root, environment);
  settings.max_concurrent_sandboxes = std::max(1U, machine.cpus);
  settings.memory_budget = machine.memory_budget;
  settings.http_threads = std::clamp(machine.cpus / kCpusPerHttpThread, 1U, kMaxDefaultHttpThreads);
  return settings;
}

}  // namespace evalx::config
