#include "language/source_path.hpp"

#include <cctype>

#include "base/lower.hpp"

namespace evalx::language {

std::optional<std::string> path_problem(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.size() > kMaxSourcePathBytes)
    return "is longer than " + std::to_string(kMaxSourcePathBytes) + " bytes";
  if (path.find('\0') != std::string_view::npos) return "contains a NUL character";
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty()) return "has an empty part, or begins or ends with /";
    if (part == "." || part == "..") return "has a part " + std::string(part);
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
  }
}

std::string as_argument(std::string_view path) {
  const auto first = static_cast<unsigned char>(path.empty() ? 0 : path.front());
  const bool plain = std::isalnum(first) != 0 || first == '_' || first == '.' || first >= 0x80;
  return plain ? std::string(path) : "./" + std::string(path);
}

std::string_view ending_of(std::string_view path, const std::vector<std::string>& endings) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string& ending : endings) {
    if (name.size() > ending.size() && name.ends_with(ending)) return ending;
  }
  const std::string lowered = lower(name);
  for (const std::string& ending : endings) {
    if (lowered.size() > ending.size() && lowered.ends_with(lower(ending))) return ending;
  }
  return {};
}

}  // namespace evalx::language
