#include "sandbox/environment.hpp"

#include <algorithm>
#include <cerrno>

#include "base/default_path.hpp"

namespace evalx::sandbox {
namespace {

/// The value of PATH; kDefaultPath if it is not set.
std::string_view search_path(const std::vector<std::string>& environment) {
  std::string_view path = kDefaultPath;
  for (const std::string_view entry : environment) {
    if (entry.starts_with(kPathName)) path = entry.substr(kPathName.size());
  }
  return path;
}

}  // namespace

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

tl::expected<std::string, std::error_code> search_program(
    const std::string& name, const std::vector<std::string>& environment, const Refusal& refusal) {
  if (name.find('/') != std::string::npos) return name;
  std::string_view path = search_path(environment);
  int error = ENOENT;
  while (!path.empty()) {
    const auto colon = std::min(path.find(':'), path.size());
    std::string candidate = std::string(path.substr(0, colon)) + "/" + name;
    const int refused = refusal(candidate);
    if (refused == 0) return candidate;
    if (refused == EACCES) error = refused;
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
  return tl::make_unexpected(std::error_code{error, std::system_category()});
}

}  // namespace evalx::sandbox
