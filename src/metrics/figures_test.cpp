#include "metrics/figures.hpp"

#include <gtest/gtest.h>

namespace evalx::metrics {
namespace {

TEST(Figures, PutLabelsOfOneNameIntoOneFamily) {
  Figures figures;
  figures.level("size", "Size.", 1.5);
  figures.total("uses", "Uses.", {"result", "hit"}, 2U);
  figures.total("uses", "Uses.", {"result", "miss"}, 3U);
  ASSERT_EQ(figures.families().size(), 2U);
  const prometheus::MetricFamily& size = figures.families()[0];
  EXPECT_EQ(size.name, "size");
  EXPECT_EQ(size.help, "Size.");
  EXPECT_EQ(size.type, prometheus::MetricType::Gauge);
  ASSERT_EQ(size.metric.size(), 1U);
  EXPECT_TRUE(size.metric[0].label.empty());
  EXPECT_EQ(size.metric[0].gauge.value, 1.5);
  const prometheus::MetricFamily& uses = figures.families()[1];
  EXPECT_EQ(uses.type, prometheus::MetricType::Counter);
  ASSERT_EQ(uses.metric.size(), 2U);
  EXPECT_EQ(uses.metric[1].label[0].name, "result");
  EXPECT_EQ(uses.metric[1].label[0].value, "miss");
  EXPECT_EQ(uses.metric[1].counter.value, 3);
}

}  // namespace
}  // namespace evalx::metrics
