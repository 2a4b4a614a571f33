#pragma once
// CList: a list of strings in the form that execve(2) and posix_spawn(3) take.

#include <span>
#include <string>
#include <vector>

namespace evalx::sandbox {

/// Pointers into `strings`, which must outlive the list, and a null pointer at the end.
inline std::vector<char*> c_list(std::span<const std::string> strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (const std::string& text : strings)
    list.push_back(const_cast<char*>(text.c_str()));  // NOLINT: the callee does not write to them
  list.push_back(nullptr);
  return list;
}

}  // namespace evalx::sandbox
