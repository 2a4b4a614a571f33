// The back-off of a job, apart from the state machine: the fault tests replace this file with a
// brisk one.
#include "queue/machine.hpp"

namespace evalx::queue {

Microseconds back_off(unsigned faults, std::uint64_t random, const Rules& rules) {
  const Microseconds longest = faults <= 1 ? rules.first_back_off : rules.next_back_off;
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return Microseconds{half + random % (half + 1)};
}

}  // namespace evalx::queue
