// The wait after an attempt, apart from the rest of the plan: the fault tests replace this file
// with a brisk one.
#include <algorithm>
#include <array>
#include <chrono>

#include "webhook/retry_plan.hpp"

namespace evalx::webhook {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<seconds, 9> kWaits{seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                                        hours{10},  hours{14},  hours{20},   hours{24}};

}  // namespace

Milliseconds usual_wait(int attempt) {
  return kWaits.at(std::min(static_cast<std::size_t>(attempt), kWaits.size()) - 1);
}

}  // namespace evalx::webhook
