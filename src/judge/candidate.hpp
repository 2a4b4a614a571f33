#pragma once
// Candidate: the submitted program, ready to run, and how every test runs it.

#include <string>
#include <vector>

#include "base/seccomp_profile.hpp"
#include "sandbox/sandbox.hpp"
#include "submission/limits.hpp"

namespace evalx::judge {

struct Candidate {
  sandbox::PackFd program;
  std::vector<std::string> argv;  ///< Each test appends its own arguments.
  std::vector<std::string> environment;
  submission::Limits limits;  ///< The language's allowance is included.
  sandbox::Proc proc = sandbox::Proc::Own;
  SeccompProfile profile = SeccompProfile::Standard;
  std::string packages;  ///< Debian packages to install if a tool of the language is missing.
};

}  // namespace evalx::judge
