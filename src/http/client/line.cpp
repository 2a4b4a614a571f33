#include "http/client/line.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <string>
#include <utility>

namespace evalx::http::client {

using Steady = std::chrono::steady_clock;

struct Line::State {
  Socket socket;
  Timer timer;
  Milliseconds total;
  Steady::time_point end;
  std::string aim;
  Milliseconds time{0};  ///< The phase's; `total` if the end of the call comes first.
  std::optional<Failure> failure = std::nullopt;

  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
  void fail(FailureKind kind, std::string words) {
    if (!failure) failure = Failure{kind, std::move(words)};
    close();
  }
};

void Line::OnStop::operator()() const noexcept {
  asio::post(executor, [weak = state] {
    if (const auto line = weak.lock()) line->fail(FailureKind::Stopped, "the call was stopped");
  });
}

Line::Line(const Executor& executor, Milliseconds total, std::stop_token stop)
    : state_(std::make_shared<State>(
          State{Socket{executor}, Timer{executor}, total, Steady::now() + total, {}})),
      on_stop_(std::move(stop), OnStop{state_, executor}) {}

Line::~Line() {
  state_->timer.cancel();
  state_->close();
}

void Line::begin(std::string aim, Milliseconds time) {
  State& line = *state_;
  const auto phase_end = Steady::now() + time;
  line.aim = std::move(aim);
  line.time = phase_end < line.end ? time : line.total;
  line.timer.expires_at(std::min(phase_end, line.end));
  line.timer.async_wait([weak = std::weak_ptr{state_}](boost::system::error_code) {
    const auto waited = weak.lock();
    // Another phase may have begun while this function was already on its way.
    if (!waited || waited->timer.expiry() > Steady::now()) return;
    waited->fail(FailureKind::Timeout, "no " + waited->aim + " within " + words_of(waited->time));
  });
}

Milliseconds Line::left() const {
  const auto left = std::chrono::ceil<Milliseconds>(state_->end - Steady::now());
  return std::max(left, Milliseconds{0});
}

const std::optional<Failure>& Line::own_failure() const {
  return state_->failure;
}

Socket& Line::socket() {
  return state_->socket;
}

void Line::renew() {
  state_->timer.cancel();
  state_->close();
  if (state_->failure && state_->failure->kind != FailureKind::Stopped) state_->failure.reset();
}

}  // namespace evalx::http::client
