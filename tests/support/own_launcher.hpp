#pragma once
// Lets a test program be its own launcher: `/proc/self/exe launch` then serves slots instead of
// running tests. To be included by one file of the program.

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sandbox/native/launcher.hpp"

namespace evalx::tests {

/// Runs before main, and so before the test framework reads the command line.
inline const bool kIsNoLauncher = [] {
  std::ifstream file("/proc/self/cmdline");
  const std::string words{std::istreambuf_iterator<char>{file}, {}};
  if (words.ends_with(std::string("\0launch\0", 8))) ::_exit(sandbox::native::run_launcher());
  return true;
}();

}  // namespace evalx::tests
