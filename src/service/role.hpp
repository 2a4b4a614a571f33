#pragma once
// Role: the roles of a server: their names and ports, and whether settings fit a role.

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "config/role.hpp"
#include "config/settings.hpp"

namespace evalx::service {

using config::Role;

/// The command of a server: "serve", "api" or "worker"; empty for the roles that serve nothing.
std::string_view name_of(Role role);
/// Whether a server in this role runs an engine and a worker.
[[nodiscard]] bool judges(Role role);
/// The port of `listen` if none is configured. A worker's differs, so that it fits on one machine
/// with an API.
std::uint16_t default_port(Role role);

/// Errors: EINVAL with a sentence that names the settings: no data_dir for a role that needs one, a
/// queue that only one process can use, artifacts shared through a Redis when the queue is in none.
Result<> check_settings(Role role, const config::Settings& settings);

}  // namespace evalx::service
