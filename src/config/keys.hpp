#pragma once
// Keys: every setting with its name, its help, its roles and its syntax. File, environment and
// flags share this list.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/role.hpp"
#include "config/settings.hpp"

namespace evalx::config {

struct Key {
  /// The form of the value in a file: "text", or 42 or true without quotes. The flag of a Truth
  /// takes no value.
  enum class Shape { Text, Number, Truth };

  std::string_view name;  ///< The key in a file: "data_dir".
  Shape shape;
  std::string_view metavar;  ///< The name of the value in help: "DIR".
  std::string_view help;
  /// The roles that use this setting and have a flag for it. Processes of several roles may share a
  /// file and an environment, so there any key is allowed: its value is checked, and a role that
  /// does not use the setting ignores it.
  Roles used_by;
  /// Sets the value. If `text` is not allowed, returns what is, such as "must be true or false":
  /// the message shows it after the name of the key.
  std::optional<std::string> (*set)(Settings& settings, std::string_view text);
  /// The value as help shows it: as a flag would set it, but only "redis" for the URL of a Redis,
  /// which may contain a password, and "set" or "not set" for a secret.
  std::string (*show)(const Settings& settings);
  bool is_secret = false;  ///< No message repeats the value.
};

std::span<const Key> keys();
const Key* find_key(std::string_view name);

/// data_dir: "--data-dir" and "EVALX_DATA_DIR".
std::string flag_of(std::string_view name);
std::string variable_of(std::string_view name);

}  // namespace evalx::config
