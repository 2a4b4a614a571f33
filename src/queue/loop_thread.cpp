#include "queue/loop_thread.hpp"

#include "queue/thread.hpp"

namespace evalx::queue {

void LoopThread::start(const char* name) {
  thread_ = start_thread(name, [this] { loop_.run(); });
}

Deadlines::Key LoopThread::after(Instant::duration time, Deadlines::Action action) {
  const auto key = deadlines_.add(std::chrono::steady_clock::now() + time, std::move(action));
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
  if (stopped_ || !next || *next >= armed_) return;
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
