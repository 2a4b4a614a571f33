#pragma once
// Finding: one thing the doctor looked at, what it means, and how it is put right.

#include <string>
#include <vector>

#include "terminal.hpp"

namespace evalx::app {

struct Finding {
  enum class State {
    Good,
    Reduced,  ///< evalX works, but something is less than it could be.
    Missing,  ///< evalX does not work.
  };

  std::string name;
  State state = State::Good;
  std::string found;  ///< What there is.
  std::string loss;   ///< What is lost. Empty if nothing is.
  std::string fix;    ///< The one command or setting. Empty if nothing is to be done.

  static Finding good(std::string name, std::string found) {
    return {std::move(name), State::Good, std::move(found), {}, {}};
  }
};

bool is_anything_missing(const std::vector<Finding>& findings);

/// A line each, with two more where something is wrong, and a last line that sums up.
std::string show_findings(const std::vector<Finding>& findings, const Paint& paint);
std::string findings_json(const std::vector<Finding>& findings);

}  // namespace evalx::app
