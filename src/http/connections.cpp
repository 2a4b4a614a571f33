#include "http/connections.hpp"

#include <array>
#include <ctime>

#include "base/assert.hpp"

namespace evalx::http {
namespace {

/// IMF-fixdate (RFC 9110, section 5.6.7). strftime writes English names: the locale is always "C".
std::string http_date(Clock::WallInstant now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), size};
}

void close(Socket& socket) {
  boost::system::error_code ignored;
  socket.close(ignored);
}

}  // namespace

Connections::Connections(const Clock& clock, const SessionLimits& limits,
                         std::atomic<std::size_t>& open_everywhere)
    : clock_(clock),
      limits_(limits),
      open_everywhere_(open_everywhere),
      now_(clock.now()),
      date_(http_date(clock.wall_now())) {}

void Connections::sweep() {
  now_ = clock_.now();
  date_ = http_date(clock_.wall_now());
  // close() completes the session's operation later, so no session leaves the table in this loop.
  for (Place* place : places_) {
    if (place->deadline_ <= now_) close(place->socket_);
  }
}

void Connections::drain(std::function<void()> when_empty) {
  draining_ = true;
  when_empty_ = std::move(when_empty);
  for (Place* place : places_) {
    if (place->phase_ == Phase::Idle) close(place->socket_);
  }
  if (places_.empty()) when_empty_();
}

void Connections::close_all() {
  when_empty_ = [] {};
  for (Place* place : places_) close(place->socket_);
}

bool Connections::evict_one() {
  Place* first = nullptr;
  for (Place* place : places_) {
    if (place->phase_ == Phase::Working || !place->socket_.is_open()) continue;
    if (first == nullptr || place->deadline_ < first->deadline_) first = place;
  }
  if (first == nullptr) return false;
  close(first->socket_);
  return true;
}

Place::Place(Connections& table, Socket& socket)
    : table_(table), socket_(socket), index_(table.places_.size()), entered_(table.now_) {
  table_.places_.push_back(this);
  table_.open_everywhere_.fetch_add(1, std::memory_order_relaxed);
}

Place::~Place() {
  release_body();
  EVALX_ASSERT(table_.places_[index_] == this);
  table_.places_[index_] = table_.places_.back();
  table_.places_[index_]->index_ = index_;
  table_.places_.pop_back();
  table_.open_everywhere_.fetch_sub(1, std::memory_order_relaxed);
  if (table_.draining_ && table_.places_.empty()) table_.when_empty_();
}

void Place::enter(Phase phase, Milliseconds time) {
  phase_ = phase;
  entered_ = table_.now_;
  extend(time);
}

void Place::extend(Milliseconds time) {
  // now_ is up to one sweep old. Without this addition a deadline could be too early.
  deadline_ =
      time == kNoDeadline ? Clock::Instant::max() : entered_ + time + table_.limits_.sweep_interval;
}

bool Place::take_body(std::size_t bytes) {
  if (table_.body_bytes_ + bytes > table_.limits_.bodies_per_thread.count) return false;
  table_.body_bytes_ += bytes;
  body_bytes_ += bytes;
  return true;
}

void Place::release_body() {
  table_.body_bytes_ -= body_bytes_;
  body_bytes_ = 0;
}

}  // namespace evalx::http
