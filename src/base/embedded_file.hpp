#pragma once
// EmbeddedFile: a text file that the build put into the binary (cmake/EvalxEmbed.cmake).

#include <span>
#include <string_view>

namespace evalx {

struct EmbeddedFile {
  std::string_view name;  ///< Without the folder.
  std::string_view text;
};

}  // namespace evalx
