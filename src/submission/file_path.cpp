#include "submission/file_path.hpp"

#include <algorithm>
#include <map>

#include "base/utf8.hpp"

namespace evalx::submission {
namespace {

std::string field_of(std::size_t index) {
  return "files[" + std::to_string(index) + "].path";
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::optional<std::string> path_complaint(std::string_view path) {
  if (path.empty()) return "must not be empty";
  if (path.size() > kMaxPathBytes) {
    return "must have at most " + std::to_string(kMaxPathBytes) + " bytes";
  }
  if (path.front() == '/') return "must be relative";
  if (path.front() == '-') return "must not start with \"-\"";
  if (path.find('\\') != path.npos) return "must not hold a backslash";
  if (std::any_of(path.begin(), path.end(), is_control)) return "must not hold control characters";
  if (!is_utf8(path)) return "must be UTF-8";
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty()) return "must not have an empty part";
    if (part == "." || part == "..") return "must not have a part \".\" or \"..\"";
    start = end + 1;
  }
  return std::nullopt;
}

void check_paths_together(std::span<const ProgramFile> files, Complaints& complaints) {
  std::map<std::string_view, std::size_t> index_of;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto [first, fresh] = index_of.emplace(files[i].path, i);
    if (!fresh) complaints.add(field_of(i), "is the same as " + field_of(first->second));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string_view path = files[i].path;
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      const auto other = index_of.find(path.substr(0, slash));
      if (other == index_of.end()) continue;
      complaints.add(field_of(i), "lies below " + field_of(other->second) + ", which is a file");
      break;
    }
  }
}

}  // namespace evalx::submission
