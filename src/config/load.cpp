#include "config/load.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>

#include "config/settings_file.hpp"

namespace evalx::config {
namespace {

Result<std::string> read_whole(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "re"),
                                                             std::fclose};
  if (!file) return fail(last_error(), "open", path);
  // One byte more than allowed, so that what is too long is seen and not cut.
  std::string text(kMaxSettingsFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return fail(last_error(), "read", path);
  return text;
}

Result<std::optional<Sources::File>> find_file(const std::optional<std::string>& named,
                                               const Environment& environment) {
  std::optional<std::string> path = named;
  if (const auto variable = environment.find(kConfigVariable);
      !path && variable != environment.end())
    path = variable->second;
  auto text = read_whole(path.value_or(kDefaultFile));
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

Result<Settings> load_settings(const std::optional<std::string>& config_file,
                               std::vector<FlagValue> flags, Settings defaults) {
  Sources sources;
  sources.environment = environment_of_process();
  sources.flags = std::move(flags);
  EVALX_TRY(sources.file, find_file(config_file, sources.environment));
  return read_settings(sources, std::move(defaults));
}

}  // namespace evalx::config
