#pragma once
// Scratch: a directory for one test, removed with all it holds.

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace evalx::queue::sqlite {

class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "evalx-queue-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace evalx::queue::sqlite
