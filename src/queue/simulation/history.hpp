#pragma once
// History: what happened to jobs, one event a line; simulations and live runs write the same.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/machine.hpp"

namespace evalx::queue::simulation {

/// As text: "TIME KIND name=value …", time in µs of one clock for the whole history; what is at its
/// default is left out. Strings hold no blanks.
struct Event {
  enum class Kind {
    Accepted,   ///< A client got its 2xx. job, key, at: when it asked, not_after: if it may expire
    Granted,    ///< A worker got a job. job, worker, lease, at: when it asked, if that is known
    Started,    ///< Its first program runs. job, worker, lease, at: when the worker asked for it
    Stopped,    ///< Its last program has ended or was killed. job, worker, lease
    Published,  ///< A worker's result was taken. job, lease, result, at: when it was offered
    Seen,       ///< A reader got a final result. job, state, result
    Renewed,    ///< A session was renewed. worker, at: when that was sent
    Redriven,   ///< An operator gave a dead job another chance. job
    Saving,   ///< A holder begins to save what it has done. job, worker, lease, result: which part
    Saved,    ///< It has the answer that this is kept. The same
    Resumed,  ///< Behind a Granted, what came with it, part by part. job, worker, lease, result
    Lost,     ///< The store forgot its last writes. at: since when
    Counted,  ///< The store's figures. accepted, ended, open
    Stored,   ///< What the store holds at the end, one line a job. job, key, state, result, attempt
  };

  StoreTime time{};
  Kind kind = Kind::Accepted;
  std::string job, key, worker;
  std::uint64_t lease = 0;
  State state = State::Queued;
  std::uint64_t result = 0;  ///< A digest.
  unsigned attempt = 0;
  StoreTime at{}, not_after{};
  std::uint64_t accepted = 0, ended = 0, open = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

using History = std::vector<Event>;

std::string to_line(const Event& event);
/// nullopt if `line` is no event.
std::optional<Event> from_line(std::string_view line);

}  // namespace evalx::queue::simulation
