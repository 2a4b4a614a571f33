#pragma once
// HostFacts: the rights and limits of this process, and settings of the machine for security and
// timing.

#include "doctor/facts.hpp"

namespace evalx::doctor {

/// Settings that the caller knows.
struct Plan {
  std::string account;  ///< The user that evalX becomes if it is started as root.
  std::string data_dir;
  std::uint64_t sandboxes = 1;    ///< The most at one time.
  std::uint64_t connections = 0;  ///< The most at one time.
};

HostFacts look_at_host(const Plan& plan);
TimingFacts look_at_timing(const Plan& plan);

}  // namespace evalx::doctor
