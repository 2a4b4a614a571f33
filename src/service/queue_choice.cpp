#include "service/queue_choice.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "queue/redis/redis_queue.hpp"
#include "service/exit_code.hpp"
#include "submission/encode.hpp"
#include "submission/last_words.hpp"

namespace evalx::service {
namespace {

std::string dead_result(const queue::Record& record) {
  const std::string cause = record.failures.empty() ? "" : record.failures.back().cause;
  return submission::encode_report(submission::dead_report(record.attempt, record.deaths, cause));
}

std::string expired_result(const queue::Record& record) {
  const auto waited = record.ended_at.value_or(record.accepted_at) - record.accepted_at;
  return submission::encode_report(
      submission::expired_report(record.attempt, std::chrono::duration_cast<Microseconds>(waited)));
}

Result<std::unique_ptr<queue::Queue>> open_sqlite(const config::Settings& settings,
                                                  const Clock& clock) {
  queue::sqlite::Options options = sqlite_options(settings);
  options.directory = queue_directory(settings);
  options.on_fatal = [](const Error& error) {
    log::error("the store can no longer be trusted: exiting; the next start recovers the jobs",
               {{"what", error.what}, {"error", error.code.message()}});
    std::_Exit(kCannotGoOn);
  };
  return queue::sqlite::open(std::move(options), clock);
}

queue::redis::Durability redis_durability(config::Durability durability) {
  switch (durability) {
    case config::Durability::Strict:
      return queue::redis::Durability::Strict;
    case config::Durability::Normal:
      return queue::redis::Durability::Normal;
    case config::Durability::Ephemeral:
      return queue::redis::Durability::Ephemeral;
  }
  return queue::redis::Durability::Strict;
}

Result<std::unique_ptr<queue::Queue>> open_redis(const config::RedisQueue& redis,
                                                 const config::Settings& settings) {
  queue::redis::Options options;
  EVALX_TRY(options.address, queue::redis::parse_address(redis.url));
  options.durability = redis_durability(settings.durability);
  options.capacity = settings.queue_capacity;
  options.retention = settings.result_retention;
  options.result_capacity = settings.result_capacity;
  options.dead_result = dead_result;
  options.expired_result = expired_result;
  auto opened = queue::redis::open(std::move(options));
  // Redis has said why, in its own words.
  if (!opened && opened.error().code == std::errc::permission_denied)
    return fail(std::make_error_code(std::errc::not_supported), opened.error().what);
  return opened;
}

}  // namespace

Result<std::unique_ptr<queue::Queue>> open_queue(const config::Settings& settings,
                                                 const Clock& clock) {
  if (const auto* redis = std::get_if<config::RedisQueue>(&settings.queue))
    return open_redis(*redis, settings);
  return open_sqlite(settings, clock);
}

queue::sqlite::Options sqlite_options(const config::Settings& settings) {
  queue::sqlite::Options options;
  options.capacity = settings.queue_capacity;
  options.retention = settings.result_retention;
  options.result_capacity = settings.result_capacity;
  options.dead_result = dead_result;
  options.expired_result = expired_result;
  return options;
}

std::filesystem::path queue_directory(const config::Settings& settings) {
  return *settings.data_dir / "queue";
}

std::string_view queue_kind(const config::Settings& settings) {
  return std::holds_alternative<config::SqliteQueue>(settings.queue) ? "sqlite" : "redis";
}

}  // namespace evalx::service
