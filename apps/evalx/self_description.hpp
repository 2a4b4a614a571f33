#pragma once
// SelfDescription: what a server tells of itself: to its clients, and to a person at its terminal.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1/discovery.hpp"
#include "config/settings.hpp"
#include "engine.hpp"
#include "mechanisms.hpp"

namespace evalx::app {

/// The `engine` of /v1/capabilities; `queue` is the kind of it.
std::string engine_json(const Engine& engine, const Machine& machine, std::string_view queue);

/// What a stranger has no need to know, paths above all, stays with `evalx doctor`.
std::vector<api::v1::MechanismView> mechanism_views(const doctor::Findings& findings);

/// Where it serves, and a line to try.
std::string greeting(const config::Settings& settings, std::uint16_t port);

}  // namespace evalx::app
