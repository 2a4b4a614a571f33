#pragma once
// History: events of jobs, one per line. Simulations and live runs write the same format.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/machine.hpp"

namespace evalx::queue::simulation {

/// As text: "TIME KIND name=value …", time in µs on one clock for the whole history. Fields at
/// their defaults are left out. Strings contain no blanks.
struct Event {
  enum class Kind {
    Accepted,   ///< A client got its 2xx. job, key, at: when it asked, not_after: if it may expire
    Granted,    ///< A worker got a job. job, worker, lease, at: when it asked, if that is known
    Started,    ///< Its first program runs. job, worker, lease, at: when the worker asked for it
    Stopped,    ///< Its last program has ended or was killed. job, worker, lease
    Published,  ///< A worker's result was accepted. job, lease, result, at: when it was sent
    Seen,       ///< A reader got a final result. job, state, result
    Renewed,    ///< A session was renewed. worker, at: when that was sent
    Redriven,   ///< An operator queued a dead job again. job
    Saving,     ///< A holder begins to save a checkpoint. job, worker, lease, result: the part
    Saved,      ///< It got the reply that the part is stored. The same fields
    Resumed,    ///< After a Granted: a part that came with it. job, worker, lease, result
    Lost,       ///< The store lost its last writes. at: since when
    Counted,    ///< The store's figures. accepted, ended, open
    Stored,     ///< A job in the store at the end. job, key, state, result, attempt, deaths,
                ///< verdict, tests: their number in the result
    Refused,    ///< The answers to all requests with this key say that nothing was stored. key
    Answered,   ///< A client asked for the job. job, status
    Opened,     ///< A client began to follow the job. job, client, status, place: its last id
    Streamed,   ///< An event that it got. job, client, name, place: the id, verdict: of a "finished",
                ///< test: the index, or the number of kept tests; result: of a "test"
    Left,       ///< The client does not follow the job to its end. job, client
    Judged,     ///< A test in the result of a job at the end. job, test, result
  };

  StoreTime time{};
  Kind kind = Kind::Accepted;
  std::string job, key, worker, client;
  std::uint64_t lease = 0;
  State state = State::Queued;
  std::uint64_t result = 0;  ///< A digest.
  unsigned attempt = 0, deaths = 0;
  std::optional<StoreTime> at, not_after;
  std::uint64_t accepted = 0, ended = 0, open = 0;
  std::string name, place, verdict;
  unsigned status = 0;
  std::uint64_t test = 0, tests = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

using History = std::vector<Event>;

std::string to_line(const Event& event);
/// nullopt if `line` is not an event.
std::optional<Event> from_line(std::string_view line);

}  // namespace evalx::queue::simulation
