#pragma once
// Logging: one line on stderr, from any thread: text if stderr is a terminal, otherwise a JSON
// object. No code logs between clone and exec.

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace evalx::log {

enum class Level { Debug, Info, Warning, Error, Off };

struct Field {
  std::string_view name;
  std::variant<std::string_view, long long, double> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view{v}) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view{v}) {}
  template <class T>
  requires std::is_integral_v<T> Field(std::string_view n, T v)
      : name(n), value(static_cast<long long>(v)) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
};
using Fields = std::initializer_list<Field>;

/// Lines below this level are dropped. Default: Info.
void set_level(Level level);

/// A line for a person, without time and level: "message  name=value  name=\"other value\"".
std::string text_line(std::string_view message, Fields fields);
/// The same as members of a JSON object, without the braces. Bytes that are no UTF-8 become U+FFFD.
std::string json_members(std::string_view message, Fields fields);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace evalx::log
