#pragma once
// Metrics: everything the program counts about itself, under the names users build alerts on.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::metrics {

enum class Stage { Queue, Compile, Run };
enum class CacheEvent { Hit, Miss, Broken, Evicted, SharedHit, SharedPut };
enum class JobEvent { Accepted, Done, Cancelled, Recovered, Retried, Vanished, Expired };

/// Identifies the running build in evalx_build_info.
struct BuildInfo {
  std::string version;
  std::string commit;
};

/// One per process, built by apps/ and passed by reference; safe from any thread. Counters and
/// gauges are atomics and histograms take a short lock: call once per request, job or stage.
///
/// Labels are bounded: methods are those of HTTP, anything else is "other"; each label that comes
/// from outside this class (route, verdict, language, queue) takes at most kLabelValuesMax values,
/// further ones are "other".
class Metrics {
 public:
  static constexpr std::size_t kLabelValuesMax = 128;

  explicit Metrics(BuildInfo build);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // Events, counted as they happen.
  /// `route` is the pattern that matched, "" if none did.
  void request_served(std::string_view method, std::string_view route, unsigned status,
                      Microseconds took);
  void stage_took(Stage stage, Microseconds took);
  void verdict_given(std::string_view verdict, std::string_view language);
  void job(JobEvent event);
  void artifact_cache(CacheEvent event);
  void attempt_started();
  void lease_lost();
  void dead_letter();

  // Levels, set when they change or by a collector.
  void set_queue_depth(std::string_view queue, std::uint64_t jobs);
  void set_queue_oldest(Milliseconds age);
  /// Of all processes that share the queue, with what they announced.
  void set_workers(std::uint64_t live, std::uint64_t sandboxes);
  void set_sandboxes(std::uint64_t in_use, std::uint64_t max);
  void set_artifact_cache_size(Bytes size);
  void set_http_connections(std::uint64_t open);

  // Totals that another object counts by itself; they never go back.
  void set_jobs_total(JobEvent event, std::uint64_t total);
  void set_artifact_cache_total(CacheEvent event, std::uint64_t total);
  void set_attempts_total(std::uint64_t total);
  void set_leases_lost_total(std::uint64_t total);
  void set_dead_letters_total(std::uint64_t total);
  /// `reason`: of few words that the caller knows.
  void set_slots_replaced_total(std::string_view reason, std::uint64_t total);

  /// Called at each scrape, on the scraping thread, before the text is made: for values that live
  /// elsewhere. Must not block for long, nor call serialize() or add_collector(). What it refers to
  /// must outlive this object or the last scrape.
  void add_collector(std::function<void()> collector);

  /// Prometheus text format 0.0.4, to be served as kContentType.
  [[nodiscard]] std::string serialize();
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace evalx::metrics
