#include "service/queue_choice.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/log.hpp"
#include "queue/redis/redis_queue.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
#include "submission/encode.hpp"

namespace evalx::service {
namespace {

std::string last_cause(const queue::Record& record) {
  return record.failures.empty() ? "nobody knows why" : record.failures.back().cause;
}

/// The last words on a job that nobody could judge.
std::string dead_result(const queue::Record& record) {
  submission::Report report;
  report.verdict = submission::Verdict::InternalError;
  report.message = record.deaths == 0
                       ? "the stored job is damaged and cannot be judged: " + last_cause(record)
                       : "the worker died while it judged this submission, " +
                             std::to_string(record.deaths) + " times; it will not be tried again";
  report.attempt = record.attempt;
  return submission::encode_report(report);
}

/// The last words on a job that nobody could begin in time.
std::string expired_result(const queue::Record& record) {
  submission::Report report;
  report.verdict = submission::Verdict::Expired;
  report.message = record.attempt == 0
                       ? "nobody could begin it in time"
                       : "nobody could begin it again in time, after a fault of evalX";
  if (record.ended_at) {  // Both are of a wall clock, which may have been set back between them.
    const auto waited = *record.ended_at - record.accepted_at;
    report.queue_time = std::max(std::chrono::duration_cast<Microseconds>(waited), Microseconds{0});
  }
  report.attempt = record.attempt;
  return submission::encode_report(report);
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
