#include "sandbox/environment.hpp"

#include "base/default_path.hpp"

namespace evalx::sandbox {

void complete_environment(std::vector<std::string>& environment) {
  const auto set_default = [&](std::string_view name, std::string_view value) {
    for (const std::string& entry : environment) {
      if (entry.starts_with(name)) return;
    }
    environment.push_back(std::string(name) + std::string(value));
  };
  set_default(kPathName, kDefaultPath);
  set_default("HOME=", "/tmp");
  set_default("TMPDIR=", "/tmp");
}

std::string_view search_path(const std::vector<std::string>& environment) {
  std::string_view path = kDefaultPath;
  for (const std::string_view entry : environment) {
    if (entry.starts_with(kPathName)) path = entry.substr(kPathName.size());
  }
  return path;
}

}  // namespace evalx::sandbox
