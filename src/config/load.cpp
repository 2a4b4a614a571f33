#include "config/load.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <string_view>

#include "config/settings_file.hpp"
#include "kernel/file.hpp"

namespace evalx::config {
namespace {

Result<std::optional<Sources::File>> find_file(const std::optional<std::string>& named,
                                               const Environment& environment) {
  std::optional<std::string> path = named;
  if (const auto variable = environment.find(kConfigVariable);
      !path && variable != environment.end())
    path = variable->second;
  // One byte over the bound, so that parse_settings_file() sees that the file is too large.
  auto text =
      kernel::read_file(AT_FDCWD, path ? path->c_str() : kDefaultFile, kMaxSettingsFileBytes + 1);
  if (!path && !text && text.error().code == std::errc::no_such_file_or_directory)
    return std::optional<Sources::File>{};
  if (!text) return tl::make_unexpected(std::move(text).error());
  return std::optional<Sources::File>{{path.value_or(kDefaultFile), *std::move(text)}};
}

}  // namespace

Environment environment_of_process() {
  Environment environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Machine this_machine() {
  Machine machine;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0)
    machine.cpus = static_cast<unsigned>(CPU_COUNT(&cpus));
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  machine.memory_budget = Bytes{pages * page_bytes / 10 * 9};
  machine.is_root = ::geteuid() == 0;
  return machine;
}

Result<Settings> load_settings(const std::optional<std::string>& config_file,
                               std::vector<FlagValue> flags, Settings defaults) {
  Sources sources;
  sources.environment = environment_of_process();
  sources.flags = std::move(flags);
  EVALX_TRY(sources.file, find_file(config_file, sources.environment));
  return read_settings(sources, std::move(defaults));
}

}  // namespace evalx::config
