#pragma once
// ShortLivedFolder: an empty folder that goes away with its owner, and all that is in it.

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
  /// Empty if none could be made.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace evalx::app
