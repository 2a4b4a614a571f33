#include "show/callback_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using namespace std::chrono_literals;
using queue::CallbackState;
using queue::ListedCallback;
using ::testing::HasSubstr;
using ::testing::Not;

/// 2026-01-02T03:04:05Z.
const Clock::WallInstant kInstant{std::chrono::seconds{1'767'323'045}};

ListedCallback waiting() {
  ListedCallback callback;
  callback.token = "t1";
  callback.state = CallbackState::Waiting;
  callback.round = 1;
  callback.attempt = 2;
  callback.lane = "https://hooks.example:443";
  callback.target = "v1 https://hooks.example/done?key=1 2";
  callback.since = kInstant - 6min;
  callback.due = kInstant + 5min;
  callback.words = "the receiver answered 503";
  return callback;
}

ListedCallback in_state(CallbackState state) {
  ListedCallback callback = waiting();
  callback.state = state;
  callback.due.reset();
  if (state == CallbackState::Dead || state == CallbackState::Delivered)
    callback.ended_at = kInstant - 42s;
  return callback;
}

TEST(CallbackReport, ListsEachCallbackWithItsLastAttempt) {
  ListedCallback due = waiting();
  due.due = kInstant - 1s;
  const std::vector<ListedCallback> callbacks{in_state(CallbackState::Dead), waiting(), due,
                                              in_state(CallbackState::Sending)};
  EXPECT_EQ(
      table_of(callbacks, kInstant, terminal::Paint::plain(), 200),
      "token  state    attempts  receiver                     age  next or end  last attempt\n"
      "t1     dead            2  https://hooks.example:443  6 min     42 s ago  "
      "the receiver answered 503\n"
      "t1     waiting         2  https://hooks.example:443  6 min     in 5 min  "
      "the receiver answered 503\n"
      "t1     waiting         2  https://hooks.example:443  6 min          now  "
      "the receiver answered 503\n"
      "t1     sending         2  https://hooks.example:443  6 min            -  "
      "the receiver answered 503\n");
}

TEST(CallbackReport, ANarrowTerminalShowsTheWholeReason) {
  ListedCallback callback = waiting();
  callback.words = "the certificate of 192.0.2.1 is for another name: b.example";
  EXPECT_THAT(table_of({callback}, kInstant, terminal::Paint::plain(), 80),
              testing::HasSubstr(callback.words + "\n"));
}

TEST(CallbackReport, ListsAsJson) {
  EXPECT_EQ(json_of(std::vector{waiting()}),
            R"([{"token":"t1","state":"waiting","attempts":2,"round":1,)"
            R"("receiver":"https://hooks.example:443","url":"https://hooks.example/done?key=1 2",)"
            R"("job_ended_at":"2026-01-02T02:58:05Z","due_at":"2026-01-02T03:09:05Z",)"
            R"("ended_at":null,"last_attempt":"the receiver answered 503"}])"
            "\n");
  EXPECT_EQ("[" + json_of(waiting()).erase(json_of(waiting()).size() - 1) + "]\n",
            json_of(std::vector{waiting()}));
}

TEST(CallbackReport, ShowsOneWithoutControlCharacters) {
  ListedCallback dead = in_state(CallbackState::Dead);
  dead.words = "the server \x1b[31manswered";
  const std::string text = text_of(dead, kInstant, terminal::Paint::plain());
  EXPECT_THAT(text, HasSubstr("URL        https://hooks.example/done?key=1 2\n"));
  EXPECT_THAT(text, HasSubstr("job ended  2026-01-02T02:58:05Z, 6 min ago\n"));
  EXPECT_THAT(text, HasSubstr("ended      2026-01-02T03:03:23Z, 42 s ago\n"));
  EXPECT_THAT(text, HasSubstr("last       the server \\x1b[31manswered\n"));
  EXPECT_THAT(text, Not(HasSubstr("next ")));
  EXPECT_THAT(text_of(waiting(), kInstant, terminal::Paint::plain()),
              HasSubstr("next       2026-01-02T03:09:05Z, in 5 min\n"));
}

TEST(CallbackReport, SummarizesEachStateInOneLine) {
  EXPECT_EQ(summary_of(in_state(CallbackState::Asked), kInstant),
            "asked: it is sent when the job has ended");
  EXPECT_EQ(summary_of(waiting(), kInstant),
            "waiting, 2 attempts, next in 5 min: the receiver answered 503");
  EXPECT_EQ(summary_of(in_state(CallbackState::Dead), kInstant),
            "dead, 2 attempts, 42 s ago: the receiver answered 503");
  ListedCallback first = in_state(CallbackState::Sending);
  first.attempt = 1;
  first.words = "";
  EXPECT_EQ(summary_of(first, kInstant), "sending, 1 attempt");
}

}  // namespace
}  // namespace evalx::app
