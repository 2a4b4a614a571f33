// The back-offs of the fault tests, linked into evalx_failpoints only: a tenth of the first one, a
// hundredth of the others, so that a scenario with many faults does not take minutes.
#include "queue/machine.hpp"

namespace evalx::queue {

Microseconds back_off(unsigned faults, std::uint64_t random, const Rules& rules) {
  const Microseconds longest = faults <= 1 ? rules.first_back_off / 10 : rules.next_back_off / 100;
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return Microseconds{half + random % (half + 1)};
}

}  // namespace evalx::queue
