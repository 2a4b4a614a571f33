#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

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

boost::json::value to_json(const Field& field) {
  return std::visit([](const auto& value) { return boost::json::value(value); }, field.value);
}

/// Without the braces: the pattern above has opened the object, with time and level.
std::string json_line(std::string_view message, Fields fields) {
  boost::json::object line{{"message", message}};
  for (const Field& field : fields) line[field.name] = to_json(field);
  const std::string text = boost::json::serialize(line);
  return text.substr(1, text.size() - 2);
}

/// A word as it is; other texts in JSON's quotes, so that nothing in them controls the terminal.
std::string shown(const Field& field) {
  if (const auto* number = std::get_if<double>(&field.value)) return fmt::format("{:g}", *number);
  const auto* text = std::get_if<std::string_view>(&field.value);
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '='; };
  if (text != nullptr && !text->empty() && std::all_of(text->begin(), text->end(), is_plain))
    return std::string{*text};
  return boost::json::serialize(to_json(field));
}

}  // namespace

std::string text_line(std::string_view message, Fields fields) {
  std::string line{message};
  for (const Field& field : fields) line += fmt::format("  {}={}", field.name, shown(field));
  return line;
}

namespace {

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!logger().should_log(level)) return;
  logger().log(level, is_for_a_person() ? text_line(message, fields) : json_line(message, fields));
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
