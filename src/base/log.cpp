#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <memory>

#include "base/utf8.hpp"

namespace evalx::log {
namespace {

/// A person reads a terminal; programs read everything else.
bool is_for_a_person() {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("evalx",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(is_for_a_person() ? "%H:%M:%S.%e %-7l %v"
                                        : R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
    return made;
  }();
  return *instance;
}

/// The length of the UTF-8 character at the start of `text`; 0 if there is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

unsigned code_point(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character.front());
  unsigned code = static_cast<unsigned char>(character.front()) & (0xFFU >> (character.size() + 1));
  for (const char byte : character.substr(1))
    code = code << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return code;
}

/// C1 controls, which some terminals obey, line separators, and marks that reorder a line.
bool misleads(unsigned code) {
  return (code >= 0x7F && code <= 0x9F) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

/// A JSON string in which no character controls a terminal, and that is valid whatever `text` is.
std::string quoted(std::string_view text) {
  const std::string json = boost::json::serialize(boost::json::string{text});
  std::string safe;
  for (std::string_view rest = json; !rest.empty();) {
    // Nearly all of a log is ASCII, and JSON has escaped what is below the space.
    if (const char c = rest.front(); c > 0 && c < 0x7F) {
      safe += c;
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t length = character_length(rest);
    const std::string_view character = rest.substr(0, std::max<std::size_t>(length, 1));
    const unsigned code = length == 0 ? 0xFFFDU : code_point(character);
    if (length == 0 || misleads(code)) {
      safe += fmt::format("\\u{:04x}", code);
    } else {
      safe += character;
    }
    rest.remove_prefix(character.size());
  }
  return safe;
}

/// A number without an exponent where that is readable: 318.917 and not 3.18917E2.
std::string json_of(const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return quoted(*text);
  if (const auto* real = std::get_if<double>(&field.value))
    return std::isfinite(*real) ? fmt::format("{}", *real) : "null";
  return fmt::format("{}", std::get<long long>(field.value));
}

/// A word as it is; other texts in JSON's quotes, so that nothing in them controls the terminal.
std::string shown(const Field& field) {
  if (const auto* number = std::get_if<double>(&field.value)) return fmt::format("{:g}", *number);
  const auto* text = std::get_if<std::string_view>(&field.value);
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '='; };
  if (text != nullptr && !text->empty() && std::all_of(text->begin(), text->end(), is_plain))
    return std::string{*text};
  return json_of(field);
}

}  // namespace

std::string text_line(std::string_view message, Fields fields) {
  std::string line{message};
  for (const Field& field : fields) line += fmt::format("  {}={}", field.name, shown(field));
  return line;
}

std::string json_members(std::string_view message, Fields fields) {
  std::string line = "\"message\":" + quoted(message);
  for (const Field& field : fields) line += fmt::format(",\"{}\":{}", field.name, json_of(field));
  return line;
}

namespace {

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!logger().should_log(level)) return;
  logger().log(level,
               is_for_a_person() ? text_line(message, fields) : json_members(message, fields));
}

}  // namespace

void set_level(Level level) {
  switch (level) {
    case Level::Debug:
      return logger().set_level(spdlog::level::debug);
    case Level::Info:
      return logger().set_level(spdlog::level::info);
    case Level::Warning:
      return logger().set_level(spdlog::level::warn);
    case Level::Error:
      return logger().set_level(spdlog::level::err);
    case Level::Off:
      return logger().set_level(spdlog::level::off);
  }
}

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
  write(spdlog::level::info, message, fields);
}
void warning(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
  write(spdlog::level::err, message, fields);
}

}  // namespace evalx::log
