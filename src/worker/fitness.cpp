#include "worker/fitness.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/timer.hpp"

namespace evalx::worker {

Fitness::Fitness(const Executor& executor, FitnessRules rules, Hooks hooks)
    : executor_(executor), rules_(rules), hooks_(std::move(hooks)) {}

void Fitness::succeeded() {
  faults_ = 0;
  failed_.clear();
}

Task<bool> Fitness::is_to_blame(std::string token, Error fault) {
  if (!hooks_.self_test) co_return false;
  ++faults_;
  const bool is_first_of_job = failed_.insert(std::move(token)).second;
  if (!is_testing_) {
    if (is_first_of_job && faults_ < rules_.faults_in_a_row) co_return false;
    if (hooks_.stop.stop_requested()) co_return true;
    is_testing_ = true;
    known_.emplace(executor_);
    fit_again_.emplace(executor_);
    hooks_.spawn(prove(std::move(fault)));
  }
  const bool is_fit = co_await outcome();
  co_return !is_fit;
}

Task<bool> Fitness::wait_until_fit() {
  while (is_testing_ && !hooks_.stop.stop_requested()) {
    Wakeup fit_again = *fit_again_;
    co_await fit_again.wait(hooks_.stop);
  }
  co_return !hooks_.stop.stop_requested();
}

Task<bool> Fitness::outcome() {
  if (!is_testing_) co_return true;
  Wakeup known = *known_;
  co_await known.wait(hooks_.stop);
  co_return !is_testing_;
}

/// Tests until a test passes, with a longer pause each time.
Task<> Fitness::prove(Error fault) {
  Milliseconds pause = rules_.first_pause;
  while (true) {
    std::stop_token stop = hooks_.stop;
    const Result<> test = co_await hooks_.self_test(std::move(stop));
    if (hooks_.stop.stop_requested()) co_return;
    if (test) co_return passed();
    failed(test.error(), fault, pause);
    auto timer = std::make_shared<Timer>(executor_, pause);
    stop = hooks_.stop;
    co_await wait_on(std::move(timer), std::move(stop));
    if (hooks_.stop.stop_requested()) co_return;
    pause = std::min(2 * pause, rules_.longest_pause);
  }
}

void Fitness::passed() {
  ++self_tests_.passed;
  if (is_unfit_) {
    log::info("a self-test has passed: this worker takes jobs again");
    hooks_.changed({});
  } else {
    log::info("a self-test has passed: the faults were not this worker's", {{"faults", faults_}});
  }
  is_unfit_ = false;
  is_testing_ = false;
  succeeded();
  known_->set();
  fit_again_->set();
}

void Fitness::failed(const Error& why, const Error& fault, Milliseconds pause) {
  ++self_tests_.failed;
  log::error("this worker cannot run programs: it takes no jobs until a self-test passes",
             {{"faults", faults_},
              {"last_fault", words_of(fault)},
              {"self_test", words_of(why)},
              {"next_test_s", std::chrono::ceil<std::chrono::seconds>(pause).count()}});
  is_unfit_ = true;
  hooks_.changed("this worker cannot run programs: " + words_of(why) +
                 "; it takes no jobs until a self-test passes");
  known_->set();
}

}  // namespace evalx::worker
