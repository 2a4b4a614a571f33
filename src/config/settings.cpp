#include "config/settings.hpp"

#include <algorithm>
#include <string_view>

namespace evalx::config {
namespace {

/// One HTTP thread serves thousands of requests a second, so programs get most of the CPUs.
constexpr unsigned kCpusPerHttpThread = 4;
constexpr unsigned kMaxDefaultHttpThreads = 8;

/// The absolute path in a variable. The XDG Base Directory Specification: ignore a relative one.
std::optional<std::filesystem::path> path_in(const Environment& environment,
                                             std::string_view variable) {
  const auto found = environment.find(variable);
  if (found == environment.end() || !found->second.starts_with('/')) return std::nullopt;
  return found->second;
}

/// The folder of evalX below the folder in `variable`, or else below `in_home` of HOME.
std::optional<std::filesystem::path> users_folder(const Environment& environment,
                                                  std::string_view variable, const char* in_home) {
  if (const auto folder = path_in(environment, variable)) return *folder / "evalx";
  if (const auto home = path_in(environment, "HOME")) return *home / in_home / "evalx";
  return std::nullopt;
}

std::optional<std::filesystem::path> default_data_dir(bool is_root,
                                                      const Environment& environment) {
  if (is_root) return "/var/lib/evalx";
  return users_folder(environment, "XDG_DATA_HOME", ".local/share");
}

}  // namespace

Settings default_settings(const Machine& machine, const Environment& environment) {
  Settings settings;
  settings.data_dir = default_data_dir(machine.is_root, environment);
  settings.max_concurrent_sandboxes = std::max(1U, machine.sandboxes);
  settings.memory_budget = machine.memory_budget;
  settings.http_threads = std::clamp(machine.cpus / kCpusPerHttpThread, 1U, kMaxDefaultHttpThreads);
  return settings;
}

std::optional<std::filesystem::path> default_cache_dir(bool is_root,
                                                       const Environment& environment) {
  if (is_root) return "/var/cache/evalx";
  return users_folder(environment, "XDG_CACHE_HOME", ".cache");
}

}  // namespace evalx::config
