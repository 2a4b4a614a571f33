#include "terminal/complaint.hpp"

#include <unistd.h>

#include <cstdio>

#include "base/password.hpp"
#include "kernel/file.hpp"
#include "terminal/exit_code.hpp"
#include "terminal/terminal.hpp"

namespace evalx::terminal {

void complain(std::string_view command, std::string_view given) {
  const std::string shown = without_passwords(given);
  std::string_view text = shown;
  const Paint paint = Paint::for_descriptor(STDERR_FILENO);
  const std::string name = command.empty() ? "evalx" : "evalx " + std::string(command);
  const std::string begin = paint(Style::Bad, name + ":") + " ";
  std::string lines;
  while (true) {
    const auto end = text.find('\n');
    lines.append(begin).append(text.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  std::fflush(stdout);
  std::fputs(lines.c_str(), stderr);
}

int complain(std::string_view command, const Error& error) {
  complain(command, words_of(error));
  return error.code == std::errc::invalid_argument ? kMisuse : kFailure;
}

void remark(std::string_view text) {
  const Paint paint = Paint::for_descriptor(STDERR_FILENO);
  std::fflush(stdout);
  std::fputs((paint(Style::Dim, "evalx: " + std::string(text)) + "\n").c_str(), stderr);
}

int print_or_complain(std::string_view command, std::string_view text) {
  const auto printed = kernel::write_all(STDOUT_FILENO, text);
  return printed ? kSuccess : complain(command, printed.error());
}

}  // namespace evalx::terminal
