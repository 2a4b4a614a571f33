#pragma once
// Role: which part of evalX a process is: all of it, its API, or one of its workers.

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace evalx::service {

enum class Role {
  Serve,   ///< Both, with a queue of its own or one that it shares.
  Api,     ///< HTTP over a shared queue: no root, no sandbox, no programs.
  Worker,  ///< Judges what waits in a shared queue; HTTP only for operators.
};

/// The command: "serve", "api" or "worker".
std::string_view name_of(Role role);
[[nodiscard]] bool judges(Role role);
/// Where it listens if nobody says, so that an API and a worker fit on one machine.
std::uint16_t default_port(Role role);
/// Whether a setting means something to it. One file may serve all of them: what does not is read
/// and checked all the same.
[[nodiscard]] bool uses(Role role, std::string_view key);

/// Errors: EINVAL with a sentence for a queue that belongs to one process and should not, or for
/// artifacts to be shared through a Redis that is not there.
Result<> check_settings(Role role, const config::Settings& settings);

}  // namespace evalx::service
