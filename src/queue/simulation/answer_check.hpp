#pragma once
// AnswerCheck: checks that a client can rely on the status that its request was answered with.

#include "queue/simulation/checker.hpp"

namespace evalx::queue::simulation {

/// Promises A1 and A2 of check().
Violations check_answers(const History& history, Microseconds retention);

}  // namespace evalx::queue::simulation
