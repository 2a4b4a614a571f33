#include "service/limit_bounds.hpp"

#include <algorithm>

namespace evalx::service {

submission::LimitBounds limit_bounds(const config::Machine& machine,
                                     const config::Settings& settings) {
  submission::LimitBounds bounds;
  bounds.most.memory =
      std::max(std::min(bounds.most.memory, machine.memory_budget), bounds.least.memory);
  // A share below the default would refuse ordinary programs, so many sandboxes may share less.
  const std::uint64_t usual =
      std::min<std::uint64_t>(submission::Limits{}.processes, machine.processes);
  const std::uint64_t share =
      std::max<std::uint64_t>(machine.processes / settings.max_concurrent_sandboxes, usual);
  bounds.most.processes =
      static_cast<unsigned>(std::min<std::uint64_t>(bounds.most.processes, share));
  return bounds;
}

}  // namespace evalx::service
