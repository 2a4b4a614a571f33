#include "http/connections.hpp"

#include <algorithm>
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

/// Whether evict_one() may close a connection in this phase.
bool rests(Phase phase) {
  return phase == Phase::Idle || phase == Phase::Header;
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
  for (ConnectionEntry* entry : entries_) {
    if (entry->deadline_ <= now_) close(entry->socket_);
  }
}

void Connections::drain(std::function<void()> when_empty) {
  draining_ = true;
  when_empty_ = std::move(when_empty);
  arrival_end_ = clock_.now() + limits_.drain_time;
  for (ConnectionEntry* entry : entries_) {
    if (entry->phase_ == Phase::Idle) close(entry->socket_);
    entry->heed_drain();
  }
  if (entries_.empty()) when_empty_();
}

void Connections::close_all() {
  when_empty_ = [] {};
  for (ConnectionEntry* entry : entries_) close(entry->socket_);
}

bool Connections::evict_one() {
  ConnectionEntry* first = nullptr;
  for (ConnectionEntry* entry : entries_) {
    if (!rests(entry->phase_) || !entry->socket_.is_open()) continue;
    if (first == nullptr || entry->deadline_ < first->deadline_) first = entry;
  }
  if (first == nullptr) return false;
  first->count_rest(false);
  close(first->socket_);
  return true;
}

ConnectionEntry::ConnectionEntry(Connections& table, Socket& socket)
    : table_(table), socket_(socket), index_(table.entries_.size()), entered_(table.now_) {
  table_.entries_.push_back(this);
  table_.open_everywhere_.fetch_add(1, std::memory_order_relaxed);
  count_rest(true);
}

ConnectionEntry::~ConnectionEntry() {
  release_body();
  count_rest(false);
  EVALX_ASSERT(table_.entries_[index_] == this);
  table_.entries_[index_] = table_.entries_.back();
  table_.entries_[index_]->index_ = index_;
  table_.entries_.pop_back();
  table_.open_everywhere_.fetch_sub(1, std::memory_order_relaxed);
  if (table_.draining_ && table_.entries_.empty()) table_.when_empty_();
}

void ConnectionEntry::enter(Phase phase, Milliseconds time) {
  phase_ = phase;
  entered_ = table_.now_;
  count_rest(rests(phase) && socket_.is_open());
  extend(time);
}

void ConnectionEntry::count_rest(bool rests) {
  if (rests == rests_) return;
  rests_ = rests;
  // One thread writes: no read-modify-write is needed.
  const std::size_t before = table_.resting_.load(std::memory_order_relaxed);
  table_.resting_.store(rests ? before + 1 : before - 1, std::memory_order_relaxed);
}

void ConnectionEntry::extend(Milliseconds time) {
  // now_ is up to one sweep old. Without this addition a deadline could be too early.
  deadline_ =
      time == kNoDeadline ? Clock::Instant::max() : entered_ + time + table_.limits_.sweep_interval;
  heed_drain();
}

void ConnectionEntry::heed_drain() {
  if (phase_ != Phase::Working) deadline_ = std::min(deadline_, table_.arrival_end_);
}

bool ConnectionEntry::take_body(std::size_t bytes) {
  if (table_.body_bytes_ + bytes > table_.limits_.bodies_per_thread.count) return false;
  table_.body_bytes_ += bytes;
  body_bytes_ += bytes;
  return true;
}

void ConnectionEntry::release_body() {
  table_.body_bytes_ -= body_bytes_;
  body_bytes_ = 0;
}

}  // namespace evalx::http
