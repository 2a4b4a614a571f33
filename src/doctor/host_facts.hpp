#pragma once
// HostFacts: this process' rights and bounds, and what of the machine touches security and timing.

#include "doctor/facts.hpp"

namespace evalx::doctor {

/// What is known before anything is looked at.
struct Plan {
  std::string account;  ///< Whom root becomes.
  std::string data_dir;
  std::uint64_t sandboxes = 1;    ///< At one time.
  std::uint64_t connections = 0;  ///< At one time.
};

HostFacts look_at_host(const Plan& plan);
TimingFacts look_at_timing(const Plan& plan);

}  // namespace evalx::doctor
