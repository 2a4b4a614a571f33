// Jobs that were written or changed by hand: each is judged, or dead with the cause.
#include <array>
#include <map>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

using Fields = std::map<std::string, std::string>;

class Handwritten : public OnRedis {
 protected:
  static Fields good() {
    return {{"state", "0"},      {"attempt", "0"}, {"deaths", "0"},
            {"not_before", "0"}, {"since", "1"},   {"accepted_at", "1"}};
  }
  /// Writes the hash, the spec, and a hint.
  void write(const std::string& token, const Fields& fields) {
    std::vector<std::string> command{"HSET", key("job:" + token)};
    for (const auto& [name, value] : fields) {
      command.push_back(name);
      command.push_back(value);
    }
    server_->run(command);
    server_->run({"SET", key("spec:" + token), "the spec"});
    hint(token);
  }
  void hint(const std::string& token) { server_->run({"XADD", key("ready"), "*", "t", token}); }
  /// Nothing is leased, and the job is dead with this cause.
  void expect_condemned(const std::string& token, const std::string& why) {
    SCOPED_TRACE(token);
    EXPECT_FALSE(*run(queue_->lease(0ms)));
    ASSERT_TRUE(*run(queue_->wait_until_finished(token, 20s)));
    const auto record = run(queue_->find(token));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state, State::Dead);
    EXPECT_EQ(record->result, "dead after 0 deaths");
    ASSERT_FALSE(record->failures.empty());
    EXPECT_EQ(record->failures.back().kind, Failure::Kind::Damaged);
    EXPECT_EQ(record->failures.back().cause, why);
    EXPECT_GT(server_->run({"TTL", key("job:" + token)}).integer, 0) << "it would never be deleted";
  }
  std::size_t listed(State state) {
    return run(queue_->list({.state = state, .older_than = {}, .after = {}}))->jobs.size();
  }
};

TEST_F(Handwritten, AJobWithAllItsFieldsIsLeased) {
  write("mine", good());
  const Leased held = leased(*queue_);
  EXPECT_EQ(held.id.token, "mine");
  EXPECT_EQ(held.spec, "the spec");
  EXPECT_EQ(held.attempt, 1U);
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  EXPECT_EQ(run(queue_->find("mine"))->result, "result");
}

TEST_F(Handwritten, AMissingFieldIsNamed) {
  for (const char* name : {"state", "attempt", "deaths", "not_before", "since"}) {
    Fields fields = good();
    fields.erase(name);
    write(std::string("no-") + name, fields);
    expect_condemned(std::string("no-") + name, std::string("the field ") + name + " is missing");
  }
  EXPECT_EQ(listed(State::Dead), 5U);
  EXPECT_EQ(listed(State::Queued), 0U);
  EXPECT_EQ(queue_->figures().queued, 0U);
}

TEST_F(Handwritten, AFieldOfAnotherKindIsNamed) {
  const std::vector<std::array<std::string, 3>> rows{
      {"state", "x", "the field state is none of 0 to 4"},
      {"state", "7", "the field state is none of 0 to 4"},
      {"state", "-1", "the field state is none of 0 to 4"},
      {"state", "", "the field state is none of 0 to 4"},
      {"attempt", "x", "the field attempt is no number"},
      {"attempt", "nan", "the field attempt is no number"},
      {"attempt", "1e3", "the field attempt is no number"},
      {"attempt", "4294967296", "the field attempt is above 1000"},
      {"deaths", "-1", "the field deaths is no number"},
      {"not_before", "99999999999999999999", "the field not_before is no number"},
      {"since", "yesterday", "the field since is no number"}};
  for (const auto& [name, value, why] : rows) {
    Fields fields = good();
    fields[name] = value;
    const std::string token = name + "-" + value;
    write(token, fields);
    expect_condemned(token, why);
  }
}

TEST_F(Handwritten, AJobWithoutASpecIsDeadUntilItIsRedrivenWithOne) {
  for (const bool is_list : {false, true}) {
    const std::string token = is_list ? "list" : "none";
    write(token, good());
    server_->run({"DEL", key("spec:" + token)});
    if (is_list) server_->run({"RPUSH", key("spec:" + token), "the spec"});
    expect_condemned(token, "the spec is missing");
  }
  ASSERT_TRUE(run(queue_->redrive("none")));
  expect_condemned("none", "the spec is missing");
  server_->run({"SET", key("spec:none"), "the spec"});
  ASSERT_TRUE(run(queue_->redrive("none")));
  EXPECT_EQ(leased(*queue_).spec, "the spec");
}

TEST_F(Handwritten, AKeyThatIsNoHashIsNoJobAndBlocksNothing) {
  server_->run({"SET", key("job:text"), "no hash"});
  server_->run({"ZADD", key("waiting"), "1", "text"});
  server_->run({"ZADD", key("leased"), "1", "text"});
  server_->run({"ZADD", key("resting"), "1", "text"});
  for (const char* token : {"text", "nothing"}) hint(token);
  server_->run({"XADD", key("ready"), "*", "other", "field"});
  const std::string sound = accepted("");
  EXPECT_EQ(leased(*queue_).id.token, sound);
  // The reconciler removes it from the indexes, and goes on.
  EXPECT_TRUE(comes_true([&] {
    return server_->run({"ZCARD", key("waiting")}).integer == 0 &&
           server_->run({"ZCARD", key("leased")}).integer == 1;
  }));
  EXPECT_EQ(run(queue_->redrive("text")).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->cancel("text", "")).error().code, Errc::NotFound);
}

TEST_F(Handwritten, TheReconcilerFindsADamagedJobWithoutAHint) {
  const std::string token = accepted("");
  server_->run({"HSET", key("job:" + token), "state", "lost"});
  server_->run({"DEL", key("ready")});
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  EXPECT_FALSE(*run(queue_->lease(12s))) << "its hint is made again and read by this call";
  EXPECT_EQ(run(queue_->find(token))->state, State::Dead);
}

TEST_F(Handwritten, ARejectionThatIsSentTwiceIsAcceptedOnce) {
  accepted("");
  const Leased held = leased(*queue_);
  ASSERT_TRUE(run(queue_->reject(held.id, "cause", "result")));
  EXPECT_TRUE(run(queue_->reject(held.id, "cause", "result")))
      << "the first reply may have been lost";
  EXPECT_EQ(run(queue_->reject(held.id, "cause", "another")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->complete(held.id, "result")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->find(held.id.token))->failures.size(), 1U);
}

}  // namespace
}  // namespace evalx::queue::redis
