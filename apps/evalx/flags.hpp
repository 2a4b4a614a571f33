#pragma once
// Flags whose values have units or bounds: a wrong one is told what is allowed.

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "submission/limits.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace evalx::app {

// The default is what `target` holds, and is put behind `help`.
CLI::Option* add_duration(CLI::App& command, const std::string& flag, Microseconds& target,
                          const std::string& help);
CLI::Option* add_size(CLI::App& command, const std::string& flag, Bytes& target, Bytes least,
                      const std::string& help);
CLI::Option* add_count(CLI::App& command, const std::string& flag, unsigned& target, unsigned most,
                       const std::string& help);

/// What a user may decide of the limits of his program.
struct LimitFlags {
  submission::Limits limits;
  std::optional<Microseconds> wall_time;  ///< nullopt: follows from the CPU time, see limits_of().
};

/// --cpu-time, --wall-time, --memory, --stack, --file-size, --processes.
void add_limit_flags(CLI::App& command, LimitFlags& flags, const std::string& wall_time_default);

}  // namespace evalx::app
