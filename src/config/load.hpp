#pragma once
// Loading: reads the settings from this process' environment and settings file.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/read.hpp"
#include "kernel/room.hpp"

namespace evalx::config {

/// In the working directory. Read if it exists and no other file is named.
inline constexpr const char* kDefaultFile = "evalx.toml";

/// This process' environment.
Environment environment_of_process();

/// The room that this machine and the control groups around this process leave to programs; whether
/// this process is root.
Machine this_machine();
/// The part of that which follows from the room: some of it stays for evalX itself.
Machine machine_of(const kernel::Room& room);

/// `config_file` is the value of --config. Without it EVALX_CONFIG names the file; without both
/// kDefaultFile is read. Errors: read_settings()'s; ENOENT if a named file is missing; those of
/// reading the file, with its path.
Result<Settings> load_settings(const std::optional<std::string>& config_file,
                               std::vector<FlagValue> flags, Settings defaults);

}  // namespace evalx::config
