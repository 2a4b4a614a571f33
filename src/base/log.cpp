#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <memory>

namespace evalx::log {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("evalx",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
    return made;
  }();
  return *instance;
}

boost::json::value to_json(const Field& field) {
  return std::visit([](const auto& value) { return boost::json::value(value); }, field.value);
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  if (!logger().should_log(level)) return;
  boost::json::object line{{"message", message}};
  for (const Field& field : fields) line[field.name] = to_json(field);
  const std::string text = boost::json::serialize(line);
  // Without the braces: the pattern above has opened the object, with time and level.
  logger().log(level, std::string_view{text}.substr(1, text.size() - 2));
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
