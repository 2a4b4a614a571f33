#include "service/role.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace evalx::service {
namespace {

using Keys = std::array<std::string_view, 10>;

constexpr Keys kOnlyJudging{"data_dir",         "sandbox",
                            "isolate_path",     "isolate_first_box",
                            "allow_weak",       "max_concurrent_sandboxes",
                            "memory_budget_mb", "artifact_capacity_mb",
                            "artifact_share",   "seccomp_profile"};
constexpr std::array<std::string_view, 3> kOnlyServing{"body_limit_mb", "queue_capacity",
                                                       "http_threads"};

template <class List>
bool holds(const List& list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::Serve:
      return "serve";
    case Role::Api:
      return "api";
    case Role::Worker:
      return "worker";
  }
  return {};
}

bool judges(Role role) {
  return role != Role::Api;
}

std::uint16_t default_port(Role role) {
  return role == Role::Worker ? 2359 : 2358;
}

bool uses(Role role, std::string_view key) {
  if (role == Role::Api) return !holds(kOnlyJudging, key);
  if (role == Role::Worker) return !holds(kOnlyServing, key);
  return true;
}

Result<> check_settings(Role role, const config::Settings& settings) {
  if (settings.queue != "sqlite") return {};
  if (role == Role::Serve) {
    if (settings.artifact_share == config::ArtifactShare::None) return {};
    return fail(std::make_error_code(std::errc::invalid_argument),
                "artifact_share is redis, but queue is sqlite: give --queue redis://HOST:6379/0 as "
                "well, or leave artifact_share at none");
  }
  return fail(std::make_error_code(std::errc::invalid_argument),
              "queue is sqlite, which one process has for itself: give --queue "
              "redis://HOST:6379/0 to every api and worker, or start evalx serve");
}

}  // namespace evalx::service
