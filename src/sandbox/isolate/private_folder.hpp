#pragma once
// PrivateFolder: a folder that no other user can read, removed with its content at the end.

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace evalx::sandbox::isolate {

class PrivateFolder {
 public:
  /// Errors: mkdtemp(3)'s.
  static Result<PrivateFolder> make(const std::string& parent) {
    std::string path = parent + "/evalx-isolate-XXXXXX";
    if (!::mkdtemp(path.data())) return fail(last_error(), "make a folder in", parent);
    return PrivateFolder{std::move(path)};
  }
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace evalx::sandbox::isolate
