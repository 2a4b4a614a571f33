#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "metrics/process.hpp"

namespace evalx::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::array<std::string_view, 9> kMethods{"GET",    "HEAD",    "POST",  "PUT",    "PATCH",
                                                   "DELETE", "OPTIONS", "TRACE", "CONNECT"};
constexpr std::array<const char*, 3> kStages{"queue", "compile", "run"};
constexpr std::array<const char*, 6> kCacheEvents{"hit",     "miss",       "broken",
                                                  "evicted", "shared_hit", "shared_put"};
constexpr std::array<const char*, 7> kJobEvents{"accepted", "done",     "cancelled", "recovered",
                                                "retried",  "vanished", "expired"};

/// From a cached answer to a `wait` of half a minute.
const Histogram::BucketBoundaries kRequestBuckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
/// From a run of a small C program to a compile at its limit.
const Histogram::BucketBoundaries kStageBuckets{
    0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

double seconds(Microseconds time) {
  return std::chrono::duration<double>(time).count();
}

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// A total another object counts: prometheus-cpp can only add, so add what is missing.
void raise_to(Counter& counter, double total) {
  const double missing = total - counter.Value();
  if (missing > 0) counter.Increment(missing);
}

template <std::size_t N>
std::array<Counter*, N> counters(Family<Counter>& family, const char* label,
                                 const std::array<const char*, N>& values) {
  std::array<Counter*, N> made{};
  for (std::size_t i = 0; i < N; ++i) made[i] = &family.Add({{label, values[i]}});
  return made;
}

/// The values one label has had so far; past the bound they all become "other".
class LabelValues {
 public:
  std::string_view admit(std::string_view value) {
    const std::scoped_lock lock{mutex_};
    if (seen_.find(value) != seen_.end()) return value;
    if (seen_.size() >= Metrics::kLabelValuesMax) return "other";
    return *seen_.emplace(value).first;
  }

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> seen_;
};

/// One metric for each set of labels met so far. Family::Add would look it up too, but builds a
/// whole metric first, and a request should not pay for that.
template <class Metric>
class Series {
 public:
  /// `key` is all labels in one text; `add` makes the metric for a new one.
  template <class Add>
  Metric& at(std::string key, const Add& add) {
    const std::scoped_lock lock{mutex_};
    const auto known = known_.find(key);
    if (known != known_.end()) return *known->second;
    return *known_.emplace(std::move(key), &add()).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Metric*> known_;
};

std::string join(std::string_view a, std::string_view b, std::string_view c = {}) {
  return std::string{a}.append(1, '\0').append(b).append(1, '\0').append(c);
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;

  Family<Histogram>& request_latency =
      histogram(registry, "evalx_request_latency_seconds",
                "Time from a whole request read to its response, or its stream's begin.");
  Family<Counter>& verdicts = counter(registry, "evalx_verdicts_total", "Verdicts given, by test.");
  Family<Gauge>& queue_depth = gauge(registry, "evalx_queue_depth", "Jobs in each queue.");
  Series<Histogram> latencies;
  Series<Counter> verdict_counts;
  LabelValues routes;
  LabelValues verdict_names;
  LabelValues languages;
  LabelValues queues;

  std::array<Histogram*, kStages.size()> stages{};
  std::array<Counter*, kJobEvents.size()> jobs = counters(
      counter(registry, "evalx_jobs_total", "What has happened to jobs."), "event", kJobEvents);
  std::array<Counter*, kCacheEvents.size()> cache =
      counters(counter(registry, "evalx_artifact_cache_total", "Uses of the artifact cache."),
               "result", kCacheEvents);
  Counter& attempts =
      counter(registry, "evalx_attempts_total", "Times a worker began a job.").Add({});
  Counter& leases_lost =
      counter(registry, "evalx_leases_lost_total", "Leases that ended before their job.").Add({});
  Counter& dead_letters =
      counter(registry, "evalx_dead_letters_total", "Jobs given up after too many failures.")
          .Add({});

  Family<Counter>& slots_replaced =
      counter(registry, "evalx_sandbox_slots_replaced_total",
              "Places for programs that were given up and made anew, by reason.");

  Gauge& queue_oldest =
      gauge(registry, "evalx_queue_oldest_seconds", "How long the oldest waiting job has waited.")
          .Add({});
  Gauge& workers =
      gauge(registry, "evalx_workers", "Live workers of the queue, this process or not.").Add({});
  Gauge& worker_sandboxes =
      gauge(registry, "evalx_worker_sandboxes",
            "Sandboxes that the live workers of the queue may run at once, all together.")
          .Add({});
  Gauge& sandboxes_in_use =
      gauge(registry, "evalx_sandboxes_in_use", "Sandboxes that run a program now.").Add({});
  Gauge& sandboxes_max =
      gauge(registry, "evalx_sandboxes_max", "Sandboxes that may run at once.").Add({});
  Gauge& cache_bytes =
      gauge(registry, "evalx_artifact_cache_bytes", "Size of the artifact cache.").Add({});
  Gauge& http_connections =
      gauge(registry, "evalx_http_connections", "Open HTTP connections.").Add({});

  Gauge& resident =
      gauge(registry, "process_resident_memory_bytes", "Resident memory size.").Add({});
  Gauge& virtual_size =
      gauge(registry, "process_virtual_memory_bytes", "Virtual memory size.").Add({});
  Gauge& open_fds = gauge(registry, "process_open_fds", "Open file descriptors.").Add({});
  Gauge& threads = gauge(registry, "process_threads", "Threads of the process.").Add({});
  Counter& cpu =
      counter(registry, "process_cpu_seconds_total", "User and system CPU time spent.").Add({});
  Gauge& start_time = gauge(registry, "process_start_time_seconds",
                            "Start time of the process since the Unix epoch.")
                          .Add({});

  std::mutex collectors_mutex;
  std::vector<std::function<void()>> collectors;

  void sample_process() {
    const auto usage = process_usage();
    if (!usage) return;  // Without /proc the last known values stand.
    resident.Set(static_cast<double>(usage->resident.count));
    virtual_size.Set(static_cast<double>(usage->virtual_size.count));
    open_fds.Set(usage->open_fds);
    threads.Set(usage->threads);
    start_time.Set(usage->start_time_seconds);
    raise_to(cpu, usage->cpu_seconds);
  }
};

Metrics::Metrics(BuildInfo build) : families_(std::make_unique<Families>()) {
  prometheus::Registry& registry = families_->registry;
  gauge(registry, "evalx_build_info", "The running build; always 1.")
      .Add({{"version", build.version}, {"commit", build.commit}})
      .Set(1);
  Family<Histogram>& stages =
      histogram(registry, "evalx_stage_seconds", "Time jobs spend waiting, compiling and running.");
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    families_->stages[i] = &stages.Add({{"stage", kStages[i]}}, kStageBuckets);
  }
}

Metrics::~Metrics() = default;

void Metrics::request_served(std::string_view method, std::string_view route, unsigned status,
                             Microseconds took) {
  const bool known = std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
  const std::string_view method_label = known ? method : "other";
  const std::string_view route_label = route.empty() ? "none" : families_->routes.admit(route);
  const std::string status_label = status >= 100 && status <= 599 ? std::to_string(status) : "0";
  const auto add = [&]() -> Histogram& {
    return families_->request_latency.Add({{"method", std::string{method_label}},
                                           {"route", std::string{route_label}},
                                           {"status", status_label}},
                                          kRequestBuckets);
  };
  families_->latencies.at(join(method_label, route_label, status_label), add)
      .Observe(seconds(took));
}

void Metrics::stage_took(Stage stage, Microseconds took) {
  families_->stages[static_cast<std::size_t>(stage)]->Observe(seconds(took));
}

void Metrics::verdict_given(std::string_view verdict, std::string_view language) {
  const std::string_view verdict_label = families_->verdict_names.admit(verdict);
  const std::string_view language_label = families_->languages.admit(language);
  const auto add = [&]() -> Counter& {
    return families_->verdicts.Add(
        {{"verdict", std::string{verdict_label}}, {"language", std::string{language_label}}});
  };
  families_->verdict_counts.at(join(verdict_label, language_label), add).Increment();
}

void Metrics::job(JobEvent event) {
  families_->jobs[static_cast<std::size_t>(event)]->Increment();
}

void Metrics::artifact_cache(CacheEvent event) {
  families_->cache[static_cast<std::size_t>(event)]->Increment();
}

void Metrics::attempt_started() {
  families_->attempts.Increment();
}

void Metrics::lease_lost() {
  families_->leases_lost.Increment();
}

void Metrics::dead_letter() {
  families_->dead_letters.Increment();
}

void Metrics::set_queue_depth(std::string_view queue, std::uint64_t jobs) {
  families_->queue_depth.Add({{"queue", std::string{families_->queues.admit(queue)}}})
      .Set(static_cast<double>(jobs));
}

void Metrics::set_queue_oldest(Milliseconds age) {
  families_->queue_oldest.Set(seconds(age));
}

void Metrics::set_workers(std::uint64_t live, std::uint64_t sandboxes) {
  families_->workers.Set(static_cast<double>(live));
  families_->worker_sandboxes.Set(static_cast<double>(sandboxes));
}

void Metrics::set_sandboxes(std::uint64_t in_use, std::uint64_t max) {
  families_->sandboxes_in_use.Set(static_cast<double>(in_use));
  families_->sandboxes_max.Set(static_cast<double>(max));
}

void Metrics::set_artifact_cache_size(Bytes size) {
  families_->cache_bytes.Set(static_cast<double>(size.count));
}

void Metrics::set_http_connections(std::uint64_t open) {
  families_->http_connections.Set(static_cast<double>(open));
}

void Metrics::set_jobs_total(JobEvent event, std::uint64_t total) {
  raise_to(*families_->jobs[static_cast<std::size_t>(event)], static_cast<double>(total));
}

void Metrics::set_artifact_cache_total(CacheEvent event, std::uint64_t total) {
  raise_to(*families_->cache[static_cast<std::size_t>(event)], static_cast<double>(total));
}

void Metrics::set_attempts_total(std::uint64_t total) {
  raise_to(families_->attempts, static_cast<double>(total));
}

void Metrics::set_leases_lost_total(std::uint64_t total) {
  raise_to(families_->leases_lost, static_cast<double>(total));
}

void Metrics::set_slots_replaced_total(std::string_view reason, std::uint64_t total) {
  raise_to(families_->slots_replaced.Add({{"reason", std::string{reason}}}),
           static_cast<double>(total));
}

void Metrics::set_dead_letters_total(std::uint64_t total) {
  raise_to(families_->dead_letters, static_cast<double>(total));
}

void Metrics::add_collector(std::function<void()> collector) {
  const std::scoped_lock lock{families_->collectors_mutex};
  families_->collectors.push_back(std::move(collector));
}

std::string Metrics::serialize() {
  // Held throughout: two scrapes at once would each add the same missing part of a total.
  const std::scoped_lock lock{families_->collectors_mutex};
  for (const auto& collect : families_->collectors) collect();
  families_->sample_process();
  return prometheus::TextSerializer{}.Serialize(families_->registry.Collect());
}

}  // namespace evalx::metrics
