#pragma once
// ShortLivedFolder: a temporary folder, removed with its content when its owner is destroyed.

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace evalx::app {

class ShortLivedFolder {
 public:
  ShortLivedFolder() : path_(std::filesystem::temp_directory_path() / "evalx-XXXXXX") {
    if (!::mkdtemp(path_.data())) path_.clear();
  }
  ShortLivedFolder(const ShortLivedFolder&) = delete;
  ShortLivedFolder& operator=(const ShortLivedFolder&) = delete;
  ~ShortLivedFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  /// Empty if the folder could not be made.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace evalx::app
