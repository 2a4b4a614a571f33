#include "queue/sqlite/inspector.hpp"

#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

class InspectorTest : public OnDisk {
 protected:
  Listing seen(State state) {
    auto inspector = Inspector::open(scratch_.path());
    EXPECT_TRUE(inspector) << inspector.error().what;
    ListFilter filter;
    filter.state = state;
    return *(*inspector)->list(filter, clock_.wall_now());
  }
};

TEST_F(InspectorTest, SeesTheChangesOfTheOwner) {
  const auto inspector = Inspector::open(scratch_.path());
  ASSERT_TRUE(inspector) << inspector.error().what;
  const std::string token = run(queue_->accept({submission::new_token(), "spec", {}}))->token;
  EXPECT_EQ((*inspector)->find(token)->state, State::Queued);
  const auto held = *run(queue_->lease(5s));
  ASSERT_TRUE(run(queue_->reject(held->id, "no such language", "final")));
  const Record record = *(*inspector)->find(token);
  EXPECT_EQ(record.state, State::Dead);
  EXPECT_EQ(record.spec, "spec");
  ASSERT_EQ(record.failures.size(), 1U);
  EXPECT_EQ(record.failures[0].cause, "no such language");
  const Listing dead = seen(State::Dead);
  ASSERT_EQ(dead.jobs.size(), 1U);
  EXPECT_EQ(dead.jobs[0].token, token);
  EXPECT_TRUE(run(queue_->redrive(token))) << "the owner writes meanwhile";
}

TEST_F(InspectorTest, ReadsAStoreWithoutAnOwner) {
  const std::string token = run(queue_->accept({submission::new_token(), "spec", {}}))->token;
  queue_.reset();
  ASSERT_EQ(seen(State::Queued).jobs.size(), 1U);
  EXPECT_EQ(seen(State::Queued).jobs[0].token, token);
  reopen();
  EXPECT_TRUE(run(queue_->find(token))) << "the next owner finds it unchanged";
}

TEST_F(InspectorTest, DistinguishesAnOrphanFromARunningJob) {
  ASSERT_TRUE(run(queue_->accept({submission::new_token(), "spec", {}})));
  ASSERT_TRUE(run(queue_->lease(5s)));
  ASSERT_EQ(seen(State::Leased).jobs.size(), 1U);
  EXPECT_FALSE(seen(State::Leased).jobs[0].is_orphan);
  const Scratch copy;  // As after a crash: no process holds its lock.
  std::filesystem::copy(scratch_.path(), copy.path(), std::filesystem::copy_options::recursive);
  auto inspector = Inspector::open(copy.path());
  ASSERT_TRUE(inspector) << inspector.error().what;
  ListFilter filter;
  filter.state = State::Leased;
  const auto left = (*inspector)->list(filter, clock_.wall_now());
  ASSERT_TRUE(left) << left.error().what;
  ASSERT_EQ(left->jobs.size(), 1U);
  EXPECT_TRUE(left->jobs[0].is_orphan);
}

TEST_F(InspectorTest, ReportsAMissingStore) {
  const Scratch empty;
  const auto inspector = Inspector::open(empty.path());
  ASSERT_FALSE(inspector);
  EXPECT_EQ(inspector.error().code, std::errc::no_such_file_or_directory);
  EXPECT_NE(inspector.error().what.find("queue.db"), std::string::npos);
}

TEST_F(InspectorTest, ShowsWhatIsDamaged) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(run(queue_->accept({submission::new_token(), "spec", {}})));
    ASSERT_TRUE(run(queue_->complete((*run(queue_->lease(5s)))->id, "accepted")));
  }
  by_hand(
      "UPDATE result SET body = CAST('rejected' AS BLOB) WHERE id = 1; "
      "UPDATE spec SET body = CAST('speck' AS BLOB) WHERE id = 2");
  std::vector<std::string> damaged;
  auto inspector = Inspector::open(scratch_.path());
  ASSERT_TRUE(inspector) << inspector.error().what;
  for (const Listed& job : seen(State::Done).jobs) {
    const auto record = (*inspector)->find(job.token);
    ASSERT_TRUE(record);
    damaged.push_back(record->damage.value_or("nothing"));
    EXPECT_EQ(record->state, damaged.back() == "result" ? State::Dead : State::Done);
  }
  EXPECT_EQ(damaged, (std::vector<std::string>{"result", "submission"}));
}

}  // namespace
}  // namespace evalx::queue::sqlite
