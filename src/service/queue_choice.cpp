#include "service/queue_choice.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "queue/redis/redis_queue.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
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
  queue::sqlite::Options options;
  options.directory = queue_directory(settings);
  options.capacity = settings.queue_capacity;
  options.retention = settings.result_retention;
  options.dead_result = dead_result;
  options.expired_result = expired_result;
  options.on_fatal = [](const Error& error) {
    log::error("the store cannot be trusted any more; ending, the next start recovers",
               {{"what", error.what}, {"error", error.code.message()}});
    std::abort();
  };
  return queue::sqlite::open(std::move(options), clock);
}

Result<std::unique_ptr<queue::Queue>> open_redis(const config::Settings& settings) {
  using queue::redis::Durability;
  queue::redis::Options options;
  EVALX_TRY(options.address, queue::redis::parse_address(settings.queue));
  options.durability = settings.durability == "strict"   ? Durability::Strict
                       : settings.durability == "normal" ? Durability::Normal
                                                         : Durability::Ephemeral;
  options.capacity = settings.queue_capacity;
  options.retention = settings.result_retention;
  options.dead_result = dead_result;
  options.expired_result = expired_result;
  return queue::redis::open(std::move(options));
}

}  // namespace

Result<std::unique_ptr<queue::Queue>> open_queue(const config::Settings& settings,
                                                 const Clock& clock) {
  if (settings.queue == "sqlite") return open_sqlite(settings, clock);
  return open_redis(settings);
}

std::filesystem::path queue_directory(const config::Settings& settings) {
  return settings.data_dir / "queue";
}

std::string_view queue_kind(const config::Settings& settings) {
  return settings.queue == "sqlite" ? "sqlite" : "redis";
}

}  // namespace evalx::service
