#include "service/role.hpp"

#include "queue/redis/address.hpp"

namespace evalx::service {
namespace {

bool needs_data_dir(Role role, bool is_shared) {
  switch (role) {
    case Role::Serve:
    case Role::Worker:
      return true;
    case Role::Operator:
      return !is_shared;
    case Role::Api:
    case Role::Local:
    case Role::Tokens:
      return false;
  }
  return false;
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
    case Role::Local:
    case Role::Operator:
    case Role::Tokens:
      return {};
  }
  return {};
}

bool judges(Role role) {
  return role == Role::Serve || role == Role::Worker;
}

std::uint16_t default_port(Role role) {
  return role == Role::Worker ? 2359 : 2358;
}

Result<> check_settings(Role role, const config::Settings& settings) {
  const bool is_shared = std::holds_alternative<config::RedisQueue>(settings.queue);
  if (!settings.data_dir && needs_data_dir(role, is_shared))
    return invalid(
        "--data-dir: must be given, since neither HOME nor XDG_DATA_HOME is an absolute path");
  if (const auto* redis = std::get_if<config::RedisQueue>(&settings.queue)) {
    const auto address = queue::redis::parse_address(redis->url);
    if (!address) return invalid("queue (--queue, EVALX_QUEUE): " + address.error().what);
    return {};
  }
  if (role == Role::Serve && settings.artifact_share == config::ArtifactShare::Redis)
    return invalid(
        "artifact_share is redis, but queue is sqlite: give --queue redis://HOST:6379/0 as well, "
        "or leave artifact_share at none");
  if (role == Role::Api || role == Role::Worker)
    return invalid(
        "queue is sqlite, which only one process can use: give --queue redis://HOST:6379/0 to "
        "every api and worker, or start evalx serve");
  return {};
}

}  // namespace evalx::service
