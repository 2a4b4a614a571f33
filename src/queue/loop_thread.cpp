#include "queue/loop_thread.hpp"

#include "queue/thread.hpp"

namespace evalx::queue {

void LoopThread::start(const char* name) {
  if (stepper_ == nullptr) {
    thread_ = start_thread(name, [this] { loop_.run(); });
    return;
  }
  is_stepped_ = true;
  stepper_->add(*this);
}

void LoopThread::join() {
  if (stepper_ == nullptr) return thread_.join();
  loop_.run();
  is_stepped_ = false;
  stepper_->remove(*this);
}

LoopThread::Instant LoopThread::now() const {
  return stepper_ == nullptr ? std::chrono::steady_clock::now() : stepper_->now();
}

bool LoopThread::step() {
  if (loop_.poll_one() > 0) return true;
  const auto next = deadlines_.next();
  if (stopped_ || !next || *next > now()) return false;
  deadlines_.run_due(now());
  return true;
}

Deadlines::Key LoopThread::after(Instant::duration time, Deadlines::Action action) {
  const auto key = deadlines_.add(now() + time, std::move(action));
  arm();
  return key;
}

void LoopThread::stop() {
  stopped_ = true;
  timer_.cancel();
  work_.reset();
}

void LoopThread::arm() {
  const auto next = deadlines_.next();
  if (stepper_ != nullptr || stopped_ || !next || *next >= armed_) return;
  armed_ = *next;
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& moved) {
    if (moved || stopped_) return;
    armed_ = Instant::max();
    deadlines_.run_due(std::chrono::steady_clock::now());
    arm();
  });
}

}  // namespace evalx::queue
