#include "queue/simulation/stream_check.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace evalx::queue::simulation {
namespace {

using Kind = Event::Kind;

constexpr std::string_view kEnd = "end";  // The place of "finished".

/// The id of an event: the life of its stream, a dash, and its number there or kEnd.
struct Place {
  std::string_view life, number;

  explicit Place(std::string_view id) {
    const std::size_t dash = std::min(id.rfind('-'), id.size());
    life = id.substr(0, dash);
    number = id.substr(std::min(dash + 1, id.size()));
  }
  [[nodiscard]] std::uint64_t seq() const {
    std::uint64_t value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return value;
  }
};

struct Test {
  std::uint64_t index = 0, digest = 0;
};
using Tests = std::vector<Test>;

bool has(const Tests& tests, std::uint64_t index) {
  return std::any_of(tests.begin(), tests.end(), [&](const Test& t) { return t.index == index; });
}

/// One client, and the events that it has of one job.
struct Follower {
  std::string last;     ///< The id of its last event but "finished"; empty after a "reset".
  Tests earlier, tests;
  bool has_finished = false;
  std::string verdict;  ///< That it finished with.
  unsigned ends = 0;    ///< How often the job had been redriven when this client began its stream.
  bool has_left = false;
};

struct FollowedJob {
  std::map<std::string, Follower> followers;  ///< By client.
  unsigned redriven = 0;
  const Event* stored = nullptr;
  Tests judged;
};

class StreamCheck {
 public:
  Violations all(const History& history) {
    for (const Event& event : history) {
      if (event.kind == Kind::Lost) return {};
    }
    for (const Event& event : history) take(event);
    for (const auto& [token, job] : jobs_) {
      for (const auto& [client, follower] : job.followers) check_end(token, job, client, follower);
    }
    return std::move(violations_);
  }

 private:
  void report(std::string_view promise, const std::string& job, const std::string& client,
              std::string_view what) {
    violations_.push_back(
        std::string(promise).append(" ").append(job).append(" to ").append(client).append(": ").append(
            what));
  }

  void take(const Event& event) {
    switch (event.kind) {
      case Kind::Opened:
        return open(event);
      case Kind::Streamed:
        return stream(event, jobs_[event.job].followers[event.client]);
      case Kind::Left:
        jobs_[event.job].followers[event.client].has_left = true;
        return;
      case Kind::Redriven:
        return redrive(jobs_[event.job]);
      case Kind::Stored:
        jobs_[event.job].stored = &event;
        return;
      case Kind::Judged:
        jobs_[event.job].judged.push_back({event.test, event.result});
        return;
      default:
        return;
    }
  }

  static void redrive(FollowedJob& job) {
    ++job.redriven;
    for (auto& [client, follower] : job.followers) follower.has_finished = false;
  }

  void open(const Event& event) {
    FollowedJob& job = jobs_[event.job];
    Follower& follower = job.followers[event.client];
    follower.ends = job.redriven;
    if (event.status == 204 && !follower.has_finished && job.redriven == 0) {
      report("S3", event.job, event.client, "nothing more, although it did not get \"finished\"");
    }
  }

  void stream(const Event& event, Follower& follower) {
    if (follower.has_finished) {
      report("S3", event.job, event.client, "an event after \"finished\": " + to_line(event));
    }
    if (event.name == "finished") return finish(event, follower);
    if (event.name == "reset") return forget(follower);
    check_place(event, follower);
    follower.last = event.place;
    if (event.name == "restarted" && !follower.tests.empty()) {
      follower.earlier = std::exchange(follower.tests, {});
    } else if (event.name == "resumed") {
      resume(event, follower);
    } else if (event.name == "test") {
      if (has(follower.tests, event.test)) {
        report("S2", event.job, event.client, "a test twice: " + to_line(event));
      }
      follower.tests.push_back({event.test, event.result});
    }
  }

  static void forget(Follower& follower) {
    follower.last.clear();
    follower.earlier.clear();
    follower.tests.clear();
  }

  void check_place(const Event& event, const Follower& follower) {
    if (follower.last.empty()) return;
    const Place before{follower.last};
    const Place place{event.place};
    if (place.life == before.life && place.seq() == before.seq() + 1) return;
    report("S1", event.job, event.client,
           "no reset between " + follower.last + " and " + to_line(event));
  }

  void resume(const Event& event, Follower& follower) {
    if (event.test > follower.earlier.size()) {
      report("S2", event.job, event.client, "keeps tests that it did not get: " + to_line(event));
    }
    follower.tests = follower.earlier;
    if (event.test < follower.tests.size()) follower.tests.resize(event.test);
  }

  void finish(const Event& event, Follower& follower) {
    if (Place{event.place}.number != kEnd) {
      report("S3", event.job, event.client, "\"finished\" has the place of another event");
    }
    if (event.verdict.empty()) {
      report("S3", event.job, event.client, "\"finished\" has no verdict");
    }
    // One that was on its way when the job was redriven does not count.
    follower.has_finished = follower.ends == jobs_[event.job].redriven;
    follower.verdict = event.verdict;
  }

  void check_end(const std::string& token, const FollowedJob& job, const std::string& client,
                 const Follower& follower) {
    if (follower.has_left) return;
    if (!follower.has_finished) return report("S3", token, client, "never got \"finished\"");
    if (job.stored == nullptr || job.stored->verdict.empty()) return;
    if (follower.verdict != job.stored->verdict) {
      report("S3", token, client,
             "finished with " + follower.verdict + ", stored is " + job.stored->verdict);
    }
    for (std::uint64_t index = 0; index < job.stored->tests; ++index) {
      if (!has(follower.tests, index)) {
        return report("S4", token, client, "did not get test " + std::to_string(index));
      }
    }
    check_tests(token, job, client, follower);
  }

  void check_tests(const std::string& token, const FollowedJob& job, const std::string& client,
                   const Follower& follower) {
    for (const Test& judged : job.judged) {
      const bool is_same = std::any_of(
          follower.tests.begin(), follower.tests.end(),
          [&](const Test& t) { return t.index == judged.index && t.digest == judged.digest; });
      if (is_same) continue;
      return report("S4", token, client,
                    "got test " + std::to_string(judged.index) + " not as it is in the result");
    }
  }

  std::map<std::string, FollowedJob> jobs_;
  Violations violations_;
};

}  // namespace

Violations check_streams(const History& history) {
  return StreamCheck{}.all(history);
}

}  // namespace evalx::queue::simulation
