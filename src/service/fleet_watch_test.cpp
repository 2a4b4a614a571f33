#include "service/fleet_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_queue.hpp"
#include "service/loop.hpp"

namespace evalx::service {
namespace {

using ::testing::HasSubstr;

TEST(FleetWatch, ShowsTheFleetInTheMetricsAndToAnApi) {
  asio::io_context loop{1};
  api::FakeQueue queue;
  metrics::Metrics metrics{{"1", "abc"}};
  FleetWatch watch{loop, queue, metrics};
  const auto catalogue = language::Catalogue::load_builtin().value();
  CatalogueList languages{catalogue};
  FleetEngine engine{"redis"};
  EXPECT_TRUE(languages.find("cpp")->available());
  watch.keep(languages, engine);
  ASSERT_TRUE(run_to_end(loop, watch.look()));
  EXPECT_TRUE(languages.find("cpp")->awaited) << "the fleet has no workers";
  EXPECT_THAT(run_to_end(loop, metrics.text()), HasSubstr("\nevalx_workers 0\n"));
}

}  // namespace
}  // namespace evalx::service
