#include "complaint.hpp"

#include <unistd.h>

#include <cstdio>

#include "exit_code.hpp"
#include "terminal.hpp"

namespace evalx::app {

void complain(std::string_view command, std::string_view text) {
  const Paint paint = Paint::for_descriptor(STDERR_FILENO);
  const std::string line =
      paint(Style::Bad, "evalx " + std::string(command) + ":") + " " + std::string(text) + "\n";
  std::fflush(stdout);
  std::fputs(line.c_str(), stderr);
}

int complain(std::string_view command, const Error& error) {
  complain(command, words_of(error));
  return error.code == std::errc::invalid_argument ? kMisuse : kFailure;
}

std::string words_of(const Error& error) {
  const bool says_all =
      error.code == std::errc::invalid_argument || error.code == std::errc::not_supported;
  return says_all ? error.what : error.what + ": " + error.code.message();
}

}  // namespace evalx::app
