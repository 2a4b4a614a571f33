#include "service/judge_metrics.hpp"

#include "service/engine.hpp"

namespace evalx::service {
namespace {

/// In seconds: from a run of a small C program to a compilation that reaches its wall time limit.
const prometheus::Histogram::BucketBoundaries kStageBuckets{
    0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

double seconds(Microseconds time) {
  return std::chrono::duration<double>(time).count();
}

prometheus::Histogram& stage(metrics::Metrics& metrics, const char* name) {
  return prometheus::BuildHistogram()
      .Name("evalx_stage_seconds")
      .Help("Time jobs spend waiting, compiling and running.")
      .Register(metrics.registry())
      .Add({{"stage", name}}, kStageBuckets);
}

auto add_to(prometheus::Family<prometheus::Counter>& family) {
  return [&family](const prometheus::Labels& labels) -> prometheus::Counter& {
    return family.Add(labels);
  };
}

metrics::Figures figures_of(const judge::Reservoir::Counters& reservoir,
                            const artifact::Store::Counters& artifacts,
                            const artifact::Share::Counters& shared,
                            const sandbox::Sandbox::Counters& sandboxes, std::uint64_t leased,
                            bool is_fit, const worker::Fitness::Counters& self_tests) {
  metrics::Figures figures;
  figures.level("evalx_worker_unfit",
                "1 while this worker takes no jobs because its self-tests fail; otherwise 0.",
                is_fit ? 0 : 1);
  const auto self_test = [&figures](std::string_view result, std::uint64_t times) {
    figures.total("evalx_self_tests_total", "Self-tests of a worker after several faults in a row.",
                  {"result", result}, times);
  };
  self_test("passed", self_tests.passed);
  self_test("failed", self_tests.failed);
  figures.total("evalx_attempts_total", "Attempts that the worker has begun.", leased);
  figures.level("evalx_sandboxes_in_use", "Sandboxes that run a program now.", reservoir.in_use);
  figures.level("evalx_sandboxes_max", "Sandboxes that may run at once.", reservoir.permits);
  figures.level("evalx_artifact_cache_bytes", "Size of the artifact cache.",
                artifacts.stored.count);
  const auto cache = [&figures](std::string_view result, std::uint64_t times) {
    figures.total("evalx_artifact_cache_total", "Uses of the artifact cache.", {"result", result},
                  times);
  };
  cache("hit", artifacts.hits);
  cache("miss", artifacts.misses);
  cache("broken", artifacts.broken + shared.broken);
  cache("evicted", artifacts.evicted);
  cache("shared_hit", shared.hits);
  cache("shared_put", shared.puts);
  for (std::size_t i = 0; i < sandboxes.replaced.size(); ++i) {
    figures.total("evalx_sandbox_slots_replaced_total",
                  "Sandbox slots that were given up and replaced, by reason.",
                  {"reason", sandbox::kReplacedReasons[i]}, sandboxes.replaced[i]);
  }
  return figures;
}

/// A time of 0 says that the submission did not come to this stage.
void observe(prometheus::Histogram& stage, Microseconds time) {
  if (time > Microseconds{0}) stage.Observe(seconds(time));
}

}  // namespace

JudgeMetrics::JudgeMetrics(metrics::Metrics& metrics)
    : verdicts_({"verdict", "language"},
                add_to(prometheus::BuildCounter()
                           .Name("evalx_verdicts_total")
                           .Help("Judged submissions by verdict and language.")
                           .Register(metrics.registry()))),
      queue_stage_(stage(metrics, "queue")),
      compile_stage_(stage(metrics, "compile")),
      run_stage_(stage(metrics, "run")) {}

void JudgeMetrics::published(const worker::Published& published) {
  const submission::Report& report = published.report;
  verdicts_.at({to_string(report.verdict), published.language}).Increment();
  queue_stage_.Observe(seconds(report.queue_time));
  if (report.compile) observe(compile_stage_, report.compile_time);
  observe(run_stage_, report.run_time);
}

metrics::Figures judge_figures(Engine& engine, const worker::Worker& worker) {
  return figures_of(engine.reservoir().counters(), engine.artifacts().counters(), engine.shared(),
                    engine.sandbox().counters(), worker.attempts(), worker.fitness().is_fit(),
                    worker.fitness().self_tests());
}

metrics::Figures idle_judge_figures() {
  return figures_of({}, {}, {}, {}, 0, true, {});
}

}  // namespace evalx::service
