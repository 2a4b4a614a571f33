#include "terminal/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.hpp"

namespace evalx::terminal {
namespace {

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The code point at the start of `bytes`, or empty if it is not one.
std::string_view code_point(std::string_view bytes) {
  std::size_t length = 1;
  while (length < bytes.size() && length < 4 && is_continuation(bytes[length])) ++length;
  const std::string_view point = bytes.substr(0, length);
  return is_utf8(point) ? point : std::string_view{};
}

/// C0, DEL and C1 (as UTF-8): a terminal may interpret these.
bool is_control(std::string_view point) {
  const auto first = static_cast<unsigned char>(point[0]);
  if (point.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(point[1]) < 0xA0;
}

std::string escaped(std::string_view bytes) {
  if (bytes == "\n") return "\\n";
  if (bytes == "\t") return "\\t";
  if (bytes == "\r") return "\\r";
  std::string text;
  for (const char byte : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Bold:
      return "\x1b[1m";
    case Style::Dim:
      return "\x1b[2m";
    case Style::Good:
      return "\x1b[32m";
    case Style::Bad:
      return "\x1b[31m";
    case Style::Warning:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

std::size_t columns_of(int fd) {
  if (!is_terminal(fd)) return kFileWidth;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return kDefaultWidth;
  return size.ws_col;
}

std::size_t display_width(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char byte) { return !is_continuation(byte); }));
}

std::string printable(std::string_view bytes, std::size_t most) {
  std::string text;
  std::size_t width = 0;
  std::size_t fits = 0;  // Bytes of `text` that leave room for "…".
  while (!bytes.empty()) {
    const std::string_view point = code_point(bytes);
    const std::size_t taken = point.empty() ? 1 : point.size();
    const bool is_plain = !point.empty() && !is_control(point);
    const std::string piece = is_plain ? std::string(point) : escaped(bytes.substr(0, taken));
    width += display_width(piece);
    if (width > most) return text.substr(0, fits) + (most > 0 ? "…" : "");
    text += piece;
    if (width < most) fits = text.size();
    bytes.remove_prefix(taken);
  }
  return text;
}

Paint Paint::for_descriptor(int fd) {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
  const char* term = std::getenv("TERM");          // NOLINT(concurrency-mt-unsafe)
  const bool is_wanted = no_color == nullptr || *no_color == '\0';
  const bool is_able = term != nullptr && std::string_view{term} != "dumb";
  return Paint{is_wanted && is_able && is_terminal(fd)};
}

std::string Paint::operator()(Style style, std::string_view text) const {
  if (!on_ || style == Style::Plain || text.empty()) return std::string(text);
  return std::string(code_of(style)).append(text).append("\x1b[0m");
}

}  // namespace evalx::terminal
