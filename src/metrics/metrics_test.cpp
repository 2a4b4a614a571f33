#include "metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>

#include <boost/asio/co_spawn.hpp>
#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace evalx::metrics {
namespace {

/// All samples of the text by name and labels. Any line of another form fails the test.
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
  std::string text() {
    asio::io_context loop{1};
    std::string result;
    asio::co_spawn(loop, metrics_.text(), [&result](std::exception_ptr error, std::string text) {
      EXPECT_FALSE(error);
      result = std::move(text);
    });
    loop.run();
    return result;
  }
  double value(const std::string& name) {
    const auto samples = parse(text());
    const auto found = samples.find(name);
    return found == samples.end() ? -1 : found->second;
  }

  Metrics metrics_{{"1.2.3", "abc"}};
};

TEST_F(MetricsTest, NamesTheBuild) {
  EXPECT_EQ(value(R"(evalx_build_info{commit="abc",version="1.2.3"})"), 1);
}

TEST_F(MetricsTest, ShowsWhatItsOwnersRegister) {
  prometheus::Counter& counter =
      prometheus::BuildCounter().Name("c").Help("A counter.").Register(metrics_.registry()).Add({});
  EXPECT_EQ(value("c"), 0);
  counter.Increment();
  EXPECT_EQ(value("c"), 1);
}

TEST_F(MetricsTest, AsksEverySourceAtEachScrape) {
  std::uint64_t depth = 1;
  metrics_.add_source([&depth]() -> Task<Figures> {
    Figures figures;
    figures.level("depth", "Jobs.", {"queue", "default"}, depth);
    co_return figures;
  });
  metrics_.add_source([]() -> Task<Figures> {
    Figures figures;
    figures.total("uses", "Uses.", 5);
    co_return figures;
  });
  EXPECT_EQ(value(R"(depth{queue="default"})"), 1);
  depth = 2;
  EXPECT_EQ(value(R"(depth{queue="default"})"), 2);
  EXPECT_EQ(value("uses"), 5);
  EXPECT_THAT(text(), testing::HasSubstr("# HELP uses Uses.\n# TYPE uses counter\n"));
}

TEST_F(MetricsTest, EscapesLabels) {
  metrics_.add_source([]() -> Task<Figures> {
    Figures figures;
    figures.total("uses", "Uses.", {"language", "a\"b\nc\\d"}, 1);
    co_return figures;
  });
  EXPECT_THAT(text(), testing::HasSubstr(R"(language="a\"b\nc\\d")"));
}

TEST_F(MetricsTest, ShowsTheProcess) {
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_open_fds"), 2);
  EXPECT_GT(value("process_start_time_seconds"), 1e9);
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
}

}  // namespace
}  // namespace evalx::metrics
