#include "config/load.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "config/settings_file.hpp"
#include "kernel/file.hpp"

namespace evalx::config {
namespace {

/// For the server, its launcher and its supervisors.
constexpr Bytes kOwnMemory = mebibytes(64);
constexpr std::uint64_t kOwnProcesses = 64;
/// A smaller budget would serve no program.
constexpr Bytes kLeastBudget = mebibytes(16);
/// The use of a program with the default limits, its supervisor and its init.
constexpr Bytes kUsualMemory = mebibytes(256);
constexpr std::uint64_t kUsualProcesses = 64 + 3;

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

Machine machine_of(const kernel::Room& room) {
  const auto none_below = [](std::uint64_t all, std::uint64_t taken) {
    return all > taken ? all - taken : 0;
  };
  Machine machine;
  machine.cpus = static_cast<unsigned>(std::max<std::uint64_t>(room.cpu_thousandths / 1000, 1));
  const std::uint64_t own = std::max(room.memory.count / 10, kOwnMemory.count);
  const std::uint64_t left = std::max(none_below(room.memory.count, own), room.memory.count / 4);
  machine.memory_budget = std::max(mebibytes(Bytes{left}.mib()), kLeastBudget);
  machine.processes = std::max<std::uint64_t>(none_below(room.processes, kOwnProcesses), 1);
  // Programs with the default limits; larger ones wait for each other.
  const std::uint64_t in_memory = machine.memory_budget.count / kUsualMemory.count;
  const std::uint64_t by_processes = machine.processes / kUsualProcesses;
  const std::uint64_t sandboxes = std::min({std::uint64_t{machine.cpus}, in_memory, by_processes});
  machine.sandboxes = static_cast<unsigned>(std::max<std::uint64_t>(sandboxes, 1));
  return machine;
}

Machine this_machine() {
  Machine machine = machine_of(kernel::look_at_room());
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
