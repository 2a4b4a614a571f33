#pragma once
// Ports: which ones a callback may go to.

#include <cstdint>
#include <optional>
#include <string>

namespace evalx::webhook {

/// Why a callback must not go to `port`; nullopt if it may. 80, 443, and every port from 1024 on
/// that browsers do not block. A request to the port of another protocol could be taken for that
/// protocol's commands.
std::optional<std::string> refusal_of_port(std::uint32_t port);

}  // namespace evalx::webhook
