#include "queue/simulation/history.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::simulation {
namespace {

TEST(History, ALineHoldsTheWholeEvent) {
  for (int kind = 0; kind <= static_cast<int>(Event::Kind::Judged); ++kind) {
    Event event;
    event.time = StoreTime{1'234'567};
    event.kind = static_cast<Event::Kind>(kind);
    event.job = "a-b-c";
    event.key = "k";
    event.worker = "w1";
    event.lease = ~0ULL;
    event.state = static_cast<State>(kind % 6);
    event.result = 17;
    event.attempt = 3;
    event.at = StoreTime{-5};
    event.not_after = StoreTime{99};
    event.accepted = 9;
    event.ended = 8;
    event.open = 1;
    event.client = "c";
    event.name = "test";
    event.place = "s1.2-3";
    event.verdict = "accepted";
    event.status = 204;
    event.test = 5;
    event.tests = 6;
    EXPECT_EQ(from_line(to_line(event)), event) << to_line(event);
  }
  Event small;
  small.time = StoreTime{7};
  small.job = "x";
  EXPECT_EQ(from_line("7 accepted job=x"), small);
}

TEST(History, ALineThatIsNoEventIsRefused) {
  for (const char* line :
       {"", "7", "x accepted", "7 guessed", "7 accepted job", "7 accepted who=me",
        "7 granted lease=-1", "7 stored state=lost", "7 accepted attempt=1x"}) {
    EXPECT_FALSE(from_line(line)) << line;
  }
}

}  // namespace
}  // namespace evalx::queue::simulation
