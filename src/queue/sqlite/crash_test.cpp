// kill -9, and the recovery at the next start.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

/// A forked process that owns the queue, and the pipe on which it reports what was acknowledged.
class Victim {
 public:
  explicit Victim(const std::function<void(int report)>& life) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      life(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    report_ = ::fdopen(ends[0], "r");
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() { ::fclose(report_); }

  /// Reads `lines` lines, kills the process, and reads what is left in the pipe.
  std::vector<std::string> kill_after(std::size_t lines) {
    std::vector<std::string> said;
    while (said.size() < lines && hear(said)) {
    }
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    while (hear(said)) {
    }
    return said;
  }

 private:
  bool hear(std::vector<std::string>& said) {
    char line[256];
    if (::fgets(line, sizeof line, report_) == nullptr) return false;
    said.emplace_back(line, ::strcspn(line, "\n"));
    return true;
  }

  pid_t pid_ = -1;
  FILE* report_ = nullptr;
};

void say(int report, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(report, text.data(), text.size()) < 0) ::_exit(1);
}

Task<> keep_accepting(Queue* queue, int report) {
  for (;;) {
    NewJob job{submission::new_token(), std::string(2000, 's'), {}};
    const auto accepted = co_await queue->accept(std::move(job));
    if (accepted) say(report, "accepted " + accepted->token);
  }
}

Task<> keep_completing(Queue* queue, int report) {
  for (;;) {
    auto leased = co_await queue->lease(std::chrono::seconds{1});
    if (!leased || !*leased) continue;
    const LeaseId id = (*leased)->id;
    const std::string result = std::to_string(id.lease);
    const auto done = co_await queue->complete(id, result);
    if (done) say(report, "done " + id.token + " " + result);
  }
}

/// Works until it is killed.
void live(const Options& options, int report) {
  const SystemClock clock;
  const auto queue = open(options, clock);
  if (!queue) ::_exit(2);
  asio::io_context loop{1};
  for (int i = 0; i < 6; ++i)
    asio::co_spawn(loop, keep_accepting(queue->get(), report), asio::detached);
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(loop, keep_completing(queue->get(), report), asio::detached);
  }
  loop.run();
}

class Crash : public testing::Test {
 protected:
  Crash() { options_.directory = scratch_.path(); }

  Scratch scratch_;
  Options options_;
  SystemClock clock_;
};

TEST_F(Crash, LosesNothingAcknowledgedAndPublishesNothingTwice) {
  constexpr int kRounds = 40;
  options_.rules.max_deaths = 1000;  // Each round kills workers without a fault of their jobs.
  std::set<std::string> accepted;
  std::map<std::string, std::string> done;
  std::mt19937 random{20240601};
  std::size_t recovered = 0;
  for (int round = 0; round < kRounds; ++round) {
    Victim victim{[this](int report) { live(options_, report); }};
    for (const std::string& line : victim.kill_after(1 + random() % 150)) {
      std::istringstream words{line};
      std::string verb, token, result;
      words >> verb >> token >> result;
      if (verb == "accepted") accepted.insert(token);
      if (verb == "done") {
        EXPECT_TRUE(done.emplace(token, result).second) << token << " was published twice";
      }
    }
    const auto queue = opened(options_, clock_);
    ASSERT_TRUE(queue);
    recovered += queue->figures().recovered;
    for (const std::string& token : accepted) {
      const auto record = run(queue->find_state(token));
      ASSERT_TRUE(record) << token << " was acknowledged and is lost";
      if (const auto ended = done.find(token); ended != done.end()) {
        ASSERT_EQ(record->state, State::Done);
        ASSERT_EQ(record->result, ended->second);
      }
    }
  }
  const auto queue = opened(options_, clock_);
  while (auto leased = *run(queue->lease(std::chrono::milliseconds{0}))) {
    ASSERT_TRUE(run(queue->complete(leased->id, "late")));
    EXPECT_FALSE(done.contains(leased->id.token)) << "a finished job was leased again";
  }
  for (const std::string& token : accepted) {
    EXPECT_TRUE(is_terminal(run(queue->find_state(token))->state));
  }
  std::cout << kRounds << " kills: " << accepted.size() << " acknowledged, " << done.size()
            << " completed before a kill, " << recovered << " leases recovered\n";
}

TEST_F(Crash, AJobThatKillsThreeWorkersIsDead) {
  options_.dead_result = [](const Record& record) {
    return "killed " + std::to_string(record.deaths) + " workers, spec " + record.spec;
  };
  const std::string poison = submission::new_token();
  const std::string innocent = submission::new_token();
  {
    const auto queue = opened(options_, clock_);
    ASSERT_TRUE(run(queue->accept({poison, "poison", {}})));
    ASSERT_TRUE(run(queue->accept({innocent, "innocent", {}})));
  }
  for (int death = 1; death <= 3; ++death) {
    Victim victim{[this](int report) {
      const auto queue = open(options_, clock_);
      const auto leased = run((*queue)->lease(std::chrono::seconds{5}));
      say(report, (*leased)->id.token);
      ::pause();
    }};
    const auto said = victim.kill_after(1);
    ASSERT_EQ(said, std::vector<std::string>{poison});
  }
  const auto queue = opened(options_, clock_);
  const Record record = *run(queue->find(poison));
  EXPECT_EQ(record.state, State::Dead);
  EXPECT_EQ(record.deaths, 3U);
  EXPECT_EQ(record.result, "killed 3 workers, spec poison");
  ASSERT_EQ(record.failures.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(record.failures[i].kind, Failure::Kind::WorkerDied);
    EXPECT_EQ(record.failures[i].attempt, i + 1);
    // The first epoch was this process.
    EXPECT_EQ(record.failures[i].worker, "epoch " + std::to_string(i + 2));
  }
  EXPECT_EQ(queue->figures().dead, 1U);
  EXPECT_EQ((*run(queue->lease(std::chrono::seconds{5})))->id.token, innocent);
  EXPECT_EQ(run(queue->find(innocent))->deaths, 0U);
}

TEST_F(Crash, AKillAfterTheOrderToEndIsNoDeath) {
  const std::string token = submission::new_token();
  ASSERT_TRUE(run(opened(options_, clock_)->accept({token, "spec", {}})));
  for (int stop = 1; stop <= 4; ++stop) {
    Victim victim{[this](int report) {
      const auto queue = open(options_, clock_);
      const auto leased = run((*queue)->lease(std::chrono::seconds{5}));
      (*queue)->end_soon();
      // The store's thread does one after the other.
      if (!run((*queue)->checkpoint((*leased)->id, "part"))) ::_exit(3);
      say(report, (*leased)->id.token);
      ::pause();
    }};
    ASSERT_EQ(victim.kill_after(1), std::vector<std::string>{token}) << stop;
  }
  const auto queue = opened(options_, clock_);
  EXPECT_EQ(queue->figures().recovered, 1U);
  const Record record = *run(queue->find(token));
  EXPECT_EQ(record.state, State::Queued);
  EXPECT_EQ(record.deaths + record.attempt, 0U);
  EXPECT_TRUE(record.failures.empty());
}

TEST_F(Crash, JobsThatSharedADeathRunAloneUntilTheyAreCleared) {
  {
    const auto queue = opened(options_, clock_);
    for (const char* spec : {"a", "b", "c"}) {
      ASSERT_TRUE(run(queue->accept({submission::new_token(), spec, {}})));
    }
  }
  Victim victim{[this](int report) {
    const auto queue = open(options_, clock_);
    for (int i = 0; i < 2; ++i) {
      const auto leased = run((*queue)->lease(std::chrono::seconds{5}));
      say(report, (*leased)->spec);
    }
    ::pause();
  }};
  ASSERT_EQ(victim.kill_after(2), (std::vector<std::string>{"a", "b"}));
  const auto queue = opened(options_, clock_);
  for (const char* spec : {"a", "b"}) {
    const auto suspect = *run(queue->lease(std::chrono::seconds{5}));
    ASSERT_TRUE(suspect);
    EXPECT_EQ(suspect->spec, spec);
    EXPECT_FALSE(*run(queue->lease(Milliseconds{0}))) << "not alone";
    ASSERT_TRUE(run(queue->complete(suspect->id, "cleared")));
  }
  EXPECT_EQ((*run(queue->lease(std::chrono::seconds{5})))->spec, "c");
}

TEST_F(Crash, TenThousandOpenJobsAreReadyWithinASecond) {
  constexpr int kJobs = 10'000;
  constexpr int kLeased = 200;
  Victim victim{[this](int report) {
    const auto queue = open(options_, clock_);
    for (int batch = 0; batch < kJobs / 1000; ++batch) {
      std::vector<NewJob> jobs;
      for (int i = 0; i < 1000; ++i) {
        jobs.push_back({submission::new_token(), std::string(1000, 's'), {}});
      }
      if (!run((*queue)->accept_all(std::move(jobs)))) ::_exit(3);
    }
    for (int i = 0; i < kLeased; ++i) {
      if (!*run((*queue)->lease(std::chrono::seconds{5}))) ::_exit(4);
    }
    say(report, "ready");
    ::pause();
  }};
  ASSERT_EQ(victim.kill_after(1).size(), 1U);
  const auto before = clock_.now();
  const auto queue = opened(options_, clock_);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - before);
  std::cout << "recovery of " << kJobs << " open jobs, " << kLeased
            << " of them leased: " << took.count() << " ms\n";
  EXPECT_LT(took, std::chrono::seconds{1});
  EXPECT_EQ(queue->figures().queued, static_cast<std::size_t>(kJobs));
  EXPECT_EQ(queue->figures().recovered, static_cast<std::uint64_t>(kLeased));
}

}  // namespace
}  // namespace evalx::queue::sqlite
