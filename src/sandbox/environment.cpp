#include "sandbox/environment.hpp"

namespace evalx::sandbox {

void complete_environment(std::vector<std::string>& environment) {
  const auto set_default = [&](std::string_view name, std::string_view value) {
    for (const std::string& entry : environment) {
      if (entry.starts_with(name)) return;
    }
    environment.push_back(std::string(name) + std::string(value));
  };
  set_default("PATH=", "/usr/local/bin:/usr/bin:/bin");
  set_default("HOME=", "/tmp");
  set_default("TMPDIR=", "/tmp");
}

std::string_view search_path(const std::vector<std::string>& environment) {
  constexpr std::string_view kName = "PATH=";
  std::string_view path;
  for (const std::string_view entry : environment) {
    if (entry.starts_with(kName)) path = entry.substr(kName.size());
  }
  return path;
}

}  // namespace evalx::sandbox
