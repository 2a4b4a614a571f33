#include "metrics/by_labels.hpp"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <thread>

namespace evalx::metrics {
namespace {

class ByLabelsTest : public testing::Test {
 protected:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& family_ =
      prometheus::BuildCounter().Name("c").Help("c").Register(registry_);
  ByLabels<prometheus::Counter> counters_{
      {"verdict", "language"}, [this](const prometheus::Labels& labels) -> prometheus::Counter& {
        return family_.Add(labels);
      }};
};

TEST_F(ByLabelsTest, FindsTheSameMetricForTheSameValues) {
  counters_.at({"accepted", "cpp"}).Increment();
  counters_.at({"accepted", "cpp"}).Increment();
  counters_.at({"accepted", "c"}).Increment();
  EXPECT_EQ(counters_.at({"accepted", "cpp"}).Value(), 2);
  EXPECT_EQ(family_.Add({{"verdict", "accepted"}, {"language", "c"}}).Value(), 1);
}

TEST_F(ByLabelsTest, KeepsValuesApartThatLookAlikeWhenJoined) {
  EXPECT_NE(&counters_.at({"ab", "c"}), &counters_.at({"a", "bc"}));
}

TEST_F(ByLabelsTest, CountsValuesBeyondTheBoundAsOther) {
  for (int i = 0; i < 1000; ++i)
    counters_.at({"accepted", "language" + std::to_string(i)}).Increment();
  EXPECT_EQ(counters_.at({"accepted", "one more"}).Value(), 1000 - kLabelValuesMax);
  EXPECT_EQ(family_.Collect().front().metric.size(), kLabelValuesMax + 1);
}

TEST_F(ByLabelsTest, CountsFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 500; ++j) counters_.at({"accepted", std::to_string(j % 7)}).Increment();
    });
  }
  for (std::thread& thread : threads) thread.join();
  double all = 0;
  for (int j = 0; j < 7; ++j) all += counters_.at({"accepted", std::to_string(j)}).Value();
  EXPECT_EQ(all, 2000);
}

}  // namespace
}  // namespace evalx::metrics
