// kill -9 of workers and of Redis while jobs run; the simulation's checker checks the history.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>

#include "base/timer.hpp"
#include "queue/redis/redis_queue.hpp"
#include "queue/redis/server_test.hpp"
#include "queue/run_test.hpp"
#include "queue/simulation/checker.hpp"
#include "queue/simulation/random.hpp"
#include "queue/thread.hpp"
#include "submission/token.hpp"

namespace evalx::queue::redis {
namespace {

using simulation::Event;
using simulation::History;

constexpr const char* kWorkerVariable = "EVALX_TEST_REDIS_WORKER";  // The port of its Redis.
constexpr Milliseconds kLease{3'000};
constexpr unsigned kDeathsAllowed = 1000;  // Each kill hits workers without a fault of their jobs.

/// One clock for all processes on the machine.
StoreTime monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds{now.tv_sec} + Microseconds{now.tv_nsec / 1000};
}

Options options_for(std::uint16_t port) {
  Options options;
  options.address.port = port;
  options.lease = kLease;
  options.rules.max_deaths = kDeathsAllowed;
  return options;
}

Event event_of(Event::Kind kind, const std::string& job) {
  Event event;
  event.time = monotonic_now();
  event.kind = kind;
  event.job = job;
  return event;
}

/// Writes a line by one write(2) that fits into a pipe: as a whole, or not at all.
void report(Event::Kind kind, const LeaseId& id, std::uint64_t result = 0) {
  Event event = event_of(kind, id.token);
  event.worker = std::to_string(::getpid());
  event.lease = id.lease;
  event.result = result;
  const std::string line = simulation::to_line(event) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(1);
}

Task<> work(Queue* queue) {
  Timer timer{co_await asio::this_coro::executor};
  for (;;) {
    const auto leased = co_await queue->lease(500ms);
    if (!leased || !*leased) continue;
    const LeaseId id = (*leased)->id;
    report(Event::Kind::Granted, id);
    report(Event::Kind::Started, id);
    timer.expires_after(Milliseconds{1 + random_bits() % 30});
    co_await timer.async_wait(kAsResult);
    report(Event::Kind::Stopped, id);
    for (bool offered = false; !offered && !(*leased)->cancelled.stop_requested();) {
      const auto done = co_await queue->complete(id, std::to_string(id.lease));
      if (done) report(Event::Kind::Published, id, id.lease);
      offered = done || done.error().code == Errc::LeaseLost;
      timer.expires_after(offered ? 0ms : 50ms);
      co_await timer.async_wait(kAsResult);
    }
  }
}

/// This is not a test: the test below runs it in the processes that it starts and kills.
TEST(Worker, DISABLED_ForTheCrashTest) {
  const char* const port = std::getenv(kWorkerVariable);
  ASSERT_NE(port, nullptr) << "only for Crash.LosesNothingAndPublishesNothingTwice";
  const auto queue = open(options_for(static_cast<std::uint16_t>(std::atoi(port))));
  if (!queue) ::_exit(2);
  asio::io_context loop{1};
  for (int i = 0; i < 3; ++i) asio::co_spawn(loop, work(queue->get()), asio::detached);
  loop.run();
}

class WorkerProcess {
 public:
  explicit WorkerProcess(std::uint16_t port) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string filter = "--gtest_filter=Worker.DISABLED_ForTheCrashTest";
    std::string disabled = "--gtest_also_run_disabled_tests";
    std::string binary = "/proc/self/exe";
    char* const argv[] = {binary.data(), filter.data(), disabled.data(), nullptr};
    std::string variable = std::string(kWorkerVariable) + "=" + std::to_string(port);
    std::vector<char*> environment;
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(variable.data());
    environment.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, binary.c_str(), &actions, nullptr, argv, environment.data()), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess() { ::close(pipe_); }

  /// Reads its output up to now.
  void hear(History& history) {
    pollfd readable{pipe_, POLLIN, 0};
    char buffer[65536];
    while (::poll(&readable, 1, 0) > 0) {
      const ssize_t count = ::read(pipe_, buffer, sizeof buffer);
      if (count <= 0) return;
      said_.append(buffer, static_cast<std::size_t>(count));
      for (std::size_t end = 0; (end = said_.find('\n')) != std::string::npos;) {
        if (auto event = simulation::from_line(said_.substr(0, end))) take(history, *event);
        said_.erase(0, end + 1);
      }
    }
  }

  /// The runs of a killed worker end with its process.
  void kill(History& history) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    hear(history);
    for (auto& [lease, run] : running_) {
      run.time = monotonic_now();
      run.kind = Event::Kind::Stopped;
      history.push_back(run);
    }
  }

 private:
  void take(History& history, const Event& event) {
    if (event.kind == Event::Kind::Started) running_[event.lease] = event;
    if (event.kind == Event::Kind::Stopped) running_.erase(event.lease);
    history.push_back(event);
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string said_;
  std::map<std::uint64_t, Event> running_;
};

class Crash : public testing::Test {
 protected:
  using Workers = std::vector<std::unique_ptr<WorkerProcess>>;

  std::string accept_one(Queue& queue) {
    NewJob job{submission::new_token(), "spec", std::nullopt};
    const auto accepted = run(queue.accept(std::move(job)));
    if (!accepted) return {};
    history_.push_back(event_of(Event::Kind::Accepted, accepted->token));
    return accepted->token;
  }
  void hear_all(Workers& workers) {
    for (const auto& worker : workers) worker->hear(history_);
  }

  History history_;
};

TEST_F(Crash, LosesNothingAndPublishesNothingTwice) {
  if (!has_server()) GTEST_SKIP() << "Debian's redis-tools is missing: no " << kServerBinary;
  constexpr auto kChaos = 12s;
  Server server;
  const std::uint16_t port = server.address().port;
  const auto queue = open(options_for(port));
  ASSERT_TRUE(queue) << queue.error().what;
  Workers workers;
  for (int i = 0; i < 3; ++i) workers.push_back(std::make_unique<WorkerProcess>(port));
  simulation::Random random{20261121};
  std::vector<std::string> tokens;
  unsigned kills = 0;
  unsigned rounds = 0;
  const auto end = std::chrono::steady_clock::now() + kChaos;
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 10; ++i) {
      if (std::string token = accept_one(**queue); !token.empty()) tokens.push_back(token);
    }
    hear_all(workers);
    ++rounds;
    if (rounds % 8 == 0) {
      auto& victim = workers[random.below(static_cast<std::uint32_t>(workers.size()))];
      victim->kill(history_);
      victim = std::make_unique<WorkerProcess>(port);
      ++kills;
    }
    if (rounds == 30) {
      server.stop(SIGKILL);
      server.start();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  const auto patience = std::chrono::steady_clock::now() + 60s;
  const auto is_open = [&](const std::string& token) {
    const auto record = run((*queue)->find_state(token));
    return !record || !is_terminal(record->state);
  };
  for (const std::string& token : tokens) {
    while (is_open(token) && std::chrono::steady_clock::now() < patience) {
      hear_all(workers);
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }
  for (const auto& worker : workers) worker->kill(history_);
  std::sort(history_.begin(), history_.end(),
            [](const Event& a, const Event& b) { return a.time < b.time; });
  for (const std::string& token : tokens) {
    const auto record = run((*queue)->find_state(token));
    if (!record) continue;
    Event& event = history_.emplace_back(event_of(Event::Kind::Stored, token));
    event.state = record->state;
    event.attempt = record->attempt;
    event.result = std::strtoull(record->result.c_str(), nullptr, 10);
  }
  simulation::Promises promises;
  promises.rules.max_deaths = kDeathsAllowed;
  for (const std::string& violation : simulation::check(history_, promises)) {
    ADD_FAILURE() << violation;
  }
  EXPECT_GT(kills, 3U);
  EXPECT_GT(tokens.size(), 100U);
  std::cout << kills << " workers and one Redis killed: " << tokens.size() << " jobs accepted, "
            << history_.size() << " events\n";
}

}  // namespace
}  // namespace evalx::queue::redis
