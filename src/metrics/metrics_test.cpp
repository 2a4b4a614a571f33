#include "metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace evalx::metrics {
namespace {

/// Every sample of the text by its name and labels; a line of another form fails the test.
std::map<std::string, double> parse(const std::string& text) {
  static const std::regex comment{
      R"(# (HELP [a-zA-Z_:][a-zA-Z0-9_:]* .+|TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram)))"};
  static const std::regex sample{
      R"(([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})?) (\S+))"};
  std::map<std::string, double> samples;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (std::regex_match(line, comment)) continue;
    if (!std::regex_match(line, parts, sample)) {
      ADD_FAILURE() << "not Prometheus text: " << line;
      continue;
    }
    EXPECT_TRUE(samples.emplace(parts[1], std::stod(parts[2])).second) << "twice: " << line;
  }
  return samples;
}

class MetricsTest : public testing::Test {
 protected:
  double value(const std::string& name) {
    const auto samples = parse(metrics.serialize());
    const auto found = samples.find(name);
    return found == samples.end() ? -1 : found->second;
  }

  Metrics metrics{{"1.2.3", "abc"}};
};

TEST_F(MetricsTest, ShowsEveryTotalFromTheStart) {
  EXPECT_EQ(value(R"(evalx_build_info{commit="abc",version="1.2.3"})"), 1);
  EXPECT_EQ(value(R"(evalx_jobs_total{event="accepted"})"), 0);
  EXPECT_EQ(value(R"(evalx_artifact_cache_total{result="hit"})"), 0);
  EXPECT_EQ(value("evalx_attempts_total"), 0);
  EXPECT_EQ(value("evalx_leases_lost_total"), 0);
  EXPECT_EQ(value("evalx_dead_letters_total"), 0);
  EXPECT_EQ(value(R"(evalx_stage_seconds_count{stage="compile"})"), 0);
}

TEST_F(MetricsTest, CountsEvents) {
  metrics.job(JobEvent::Retried);
  metrics.job(JobEvent::Retried);
  metrics.artifact_cache(CacheEvent::Broken);
  metrics.attempt_started();
  metrics.lease_lost();
  metrics.dead_letter();
  metrics.verdict_given("accepted", "cpp");
  EXPECT_EQ(value(R"(evalx_jobs_total{event="retried"})"), 2);
  EXPECT_EQ(value(R"(evalx_jobs_total{event="done"})"), 0);
  EXPECT_EQ(value(R"(evalx_artifact_cache_total{result="broken"})"), 1);
  EXPECT_EQ(value("evalx_attempts_total"), 1);
  EXPECT_EQ(value("evalx_leases_lost_total"), 1);
  EXPECT_EQ(value("evalx_dead_letters_total"), 1);
  EXPECT_EQ(value(R"(evalx_verdicts_total{language="cpp",verdict="accepted"})"), 1);
}

TEST_F(MetricsTest, PutsTimesIntoBuckets) {
  metrics.request_served("GET", "/submissions/{token}", 200, Microseconds{3'000});
  metrics.stage_took(Stage::Run, Microseconds{700});
  const std::string labels = R"(method="GET",route="/submissions/{token}",status="200")";
  EXPECT_EQ(value("evalx_request_latency_seconds_bucket{" + labels + R"(,le="0.0025"})"), 0);
  EXPECT_EQ(value("evalx_request_latency_seconds_bucket{" + labels + R"(,le="0.005"})"), 1);
  EXPECT_DOUBLE_EQ(value("evalx_request_latency_seconds_sum{" + labels + "}"), 0.003);
  EXPECT_EQ(value(R"(evalx_stage_seconds_bucket{stage="run",le="0.0005"})"), 0);
  EXPECT_EQ(value(R"(evalx_stage_seconds_bucket{stage="run",le="0.001"})"), 1);
}

TEST_F(MetricsTest, ShowsLevels) {
  metrics.set_queue_depth("default", 7);
  metrics.set_queue_oldest(Milliseconds{1'500});
  metrics.set_workers(3, 12);
  metrics.set_sandboxes(3, 8);
  metrics.set_artifact_cache_size(kibibytes(4));
  metrics.set_http_connections(5);
  EXPECT_EQ(value(R"(evalx_queue_depth{queue="default"})"), 7);
  EXPECT_EQ(value("evalx_queue_oldest_seconds"), 1.5);
  EXPECT_EQ(value("evalx_workers"), 3);
  EXPECT_EQ(value("evalx_worker_sandboxes"), 12);
  EXPECT_EQ(value("evalx_sandboxes_in_use"), 3);
  EXPECT_EQ(value("evalx_sandboxes_max"), 8);
  EXPECT_EQ(value("evalx_artifact_cache_bytes"), 4096);
  EXPECT_EQ(value("evalx_http_connections"), 5);
}

TEST_F(MetricsTest, AsksItsCollectorsAtEachScrape) {
  std::uint64_t depth = 1;
  metrics.add_collector([this, &depth] {
    metrics.set_queue_depth("default", depth);
    metrics.set_leases_lost_total(10 * depth);
  });
  EXPECT_EQ(value("evalx_leases_lost_total"), 10);
  depth = 2;
  EXPECT_EQ(value(R"(evalx_queue_depth{queue="default"})"), 2);
  EXPECT_EQ(value("evalx_leases_lost_total"), 20);
  depth = 1;
  EXPECT_EQ(value("evalx_leases_lost_total"), 20) << "a total never goes back";
}

TEST_F(MetricsTest, BoundsLabelsThatComeFromOutside) {
  for (int i = 0; i < 1000; ++i) {
    metrics.request_served("M" + std::to_string(i), "/r" + std::to_string(i), 200, {});
    metrics.verdict_given("accepted", "language" + std::to_string(i));
  }
  EXPECT_EQ(value(R"(evalx_verdicts_total{language="other",verdict="accepted"})"),
            1000 - static_cast<double>(Metrics::kLabelValuesMax));
  EXPECT_EQ(
      value(R"(evalx_request_latency_seconds_count{method="other",route="other",status="200"})"),
      1000 - static_cast<double>(Metrics::kLabelValuesMax));
}

TEST_F(MetricsTest, EscapesLabels) {
  metrics.verdict_given("accepted", "a\"b\nc\\d");
  EXPECT_NE(metrics.serialize().find(R"(language="a\"b\nc\\d")"), std::string::npos);
}

TEST_F(MetricsTest, ShowsTheProcess) {
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_open_fds"), 2);
  EXPECT_GT(value("process_start_time_seconds"), 1e9);
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
}

TEST_F(MetricsTest, CountsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 500; ++j) {
        metrics.attempt_started();
        metrics.request_served("GET", "/", 200, Microseconds{1});
        if (j % 100 == 0) static_cast<void>(metrics.serialize());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(value("evalx_attempts_total"), 2000);
  EXPECT_EQ(value(R"(evalx_request_latency_seconds_count{method="GET",route="/",status="200"})"),
            2000);
}

}  // namespace
}  // namespace evalx::metrics
