#pragma once
// Keys: every setting with its name, its help and how its value is read: the one list that file,
// environment and flags share.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace evalx::config {

struct Key {
  /// What a file must hold: "text", or 42 or true without quotes. The flag of a Truth stands alone.
  enum class Shape { Text, Number, Truth };

  std::string_view name;  ///< In a file: "data_dir".
  Shape shape;
  std::string_view metavar;  ///< What stands for its value in help: "DIR".
  std::string_view help;
  /// Sets it; or says, as a sentence's rest, what is allowed.
  std::optional<std::string> (*set)(Settings& settings, std::string_view text);
  /// The value as it would be given, for help.
  std::string (*show)(const Settings& settings);
};

std::span<const Key> keys();
const Key* find_key(std::string_view name);

/// data_dir: "--data-dir" and "EVALX_DATA_DIR".
std::string flag_of(std::string_view name);
std::string variable_of(std::string_view name);

}  // namespace evalx::config
