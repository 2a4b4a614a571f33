#include "queue/sqlite/streams.hpp"

#include <algorithm>

#include "queue/present.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr Bytes kStreamOverhead{512};  // The stream, its place by age, its token.
constexpr Bytes kEventOverhead{96};
constexpr std::size_t kLooksPerTrim = 64;  // Bounds the search that one event may cause.

Bytes size_of(const Event& event) {
  return kEventOverhead + Bytes{event.kind.size() + event.data.size()};
}

}  // namespace

Streams::Streams(Bounds bounds) : bounds_(bounds), name_(std::to_string(random_bits())) {}

bool Streams::shows_a_run(const std::string& token) const {
  const auto found = streams_.find(token);
  return found != streams_.end() && found->second.has_run && found->second.is_whole;
}

std::string Streams::new_life() {
  return name_ + "." + std::to_string(++lives_);
}

/// Drops all events; "queued" is the first of the new life.
void Streams::begin_life(Stream& stream) {
  while (!stream.events.empty()) pop(stream);
  stream.life = new_life();
  stream.last_seq = 0;
  stream.is_whole = true;
  stream.ended = false;
}

Streams::Position Streams::make(const std::string& token, Clock::Instant now) {
  const auto [position, is_new] = streams_.try_emplace(token);
  if (is_new) {
    position->second.age = by_age_.insert(by_age_.end(), token);
    position->second.size = kStreamOverhead;
    position->second.touched = now;
    total_ += kStreamOverhead;
  }
  return position;
}

void Streams::restore_queued(const std::string& token, Clock::Instant since, Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  // A job that runs gets another `since` when it is queued again.
  stream.life = name_ + ".q" + std::to_string(since.time_since_epoch().count());
  push(stream, "queued", "{}", now);
  trim(stream);
}

void Streams::restore_running(const std::string& token, unsigned attempt, Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  stream.life = new_life();
  stream.is_whole = false;
  push(stream, "running", attempt_json(attempt), now);
  trim(stream);
}

void Streams::begin_run(const std::string& token, Clock::Instant since, unsigned attempt,
                        Clock::Instant now) {
  if (!knows(token)) restore_queued(token, since, now);
  Stream& stream = streams_.find(token)->second;
  if (!stream.is_whole) {
    begin_life(stream);
    push(stream, "queued", "{}", now);
  }
  const bool is_again = attempt > 1 || stream.has_run;
  push(stream, is_again ? "restarted" : "running", attempt_json(attempt), now);
  wake(stream);
  trim(stream);
}

void Streams::append(const std::string& token, std::string kind, std::string data,
                     Clock::Instant now) {
  Stream& stream = streams_.find(token)->second;
  if (stream.ended) return;
  push(stream, std::move(kind), std::move(data), now);
  wake(stream);
  trim(stream);
}

void Streams::note_gap(const std::string& token) {
  const auto found = streams_.find(token);
  if (found != streams_.end()) found->second.is_whole = false;
}

void Streams::finish(const std::string& token, std::string data, Clock::Instant now) {
  const auto found = streams_.find(token);
  if (found == streams_.end() || found->second.ended) return;
  Stream& stream = found->second;
  push(stream, "finished", std::move(data), now);
  stream.ended = true;
  wake(stream);
  trim(stream);
}

void Streams::reopen(const std::string& token, Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  begin_life(stream);
  stream.has_run = true;
  push(stream, "queued", "{}", now);
  wake(stream);
  trim(stream);
}

void Streams::push(Stream& stream, std::string kind, std::string data, Clock::Instant now) {
  stream.has_run |= kind == "running" || kind == "restarted";
  stream.events.push_back({++stream.last_seq, std::move(kind), std::move(data)});
  const Bytes size = size_of(stream.events.back());
  stream.size += size;
  total_ += size;
  stream.touched = now;
  by_age_.splice(by_age_.end(), by_age_, stream.age);
}

void Streams::pop(Stream& stream) {
  const Bytes size = size_of(stream.events.front());
  stream.size -= size;
  total_ -= size;
  stream.events.pop_front();
}

void Streams::wake(Stream& stream) {
  // Removed first: a resumed waiter may follow again.
  const auto woken = std::stable_partition(stream.waiters.begin(), stream.waiters.end(),
                                           [&](const Waiter& w) { return !concerns(stream, w); });
  std::vector<Waiter> concerned(std::make_move_iterator(woken),
                                std::make_move_iterator(stream.waiters.end()));
  stream.waiters.erase(woken, stream.waiters.end());
  waiters_ -= concerned.size();
  for (const Waiter& waiter : concerned) waiter.resume(news(stream, waiter));
}

void Streams::trim(Stream& latest) {
  const std::size_t events = latest.events.size();
  while (latest.size > bounds_.per_job && latest.events.size() > 1) pop(latest);
  auto oldest = by_age_.begin();
  for (std::size_t looks = 0; total_ > bounds_.total && looks < kLooksPerTrim; ++looks) {
    if (oldest == by_age_.end()) break;
    const auto position = streams_.find(*oldest++);
    if (&position->second != &latest && position->second.waiters.empty()) erase(position);
  }
  while (total_ > bounds_.total && latest.events.size() > 1) pop(latest);
  if (latest.events.size() < events) latest.is_whole = false;
}

void Streams::drop(const std::string& token) {
  const auto found = streams_.find(token);
  if (found != streams_.end() && found->second.waiters.empty()) erase(found);
}

void Streams::erase(Position position) {
  total_ -= position->second.size;
  by_age_.erase(position->second.age);
  streams_.erase(position);
}

bool Streams::continues(const Stream& stream, const Place& after) {
  const std::uint64_t first = stream.last_seq + 1 - stream.events.size();
  return after.life == stream.life && after.seq <= stream.last_seq && after.seq + 1 >= first;
}

bool Streams::concerns(const Stream& stream, const Waiter& waiter) {
  if (stream.ended) return true;
  if (waiter.until == Until::End) return false;
  return !continues(stream, waiter.after) || waiter.after.seq < stream.last_seq;
}

Events Streams::news(const Stream& stream, const Waiter& waiter) {
  Events answer;
  answer.life = stream.life;
  answer.ended = stream.ended;
  answer.is_whole = stream.is_whole;
  if (waiter.until == Until::End) return answer;
  answer.continues = continues(stream, waiter.after);
  const std::uint64_t first = stream.last_seq + 1 - stream.events.size();
  const std::size_t has = answer.continues ? waiter.after.seq + 1 - first : 0;
  const std::size_t count = std::min(stream.events.size() - has, kEventsAtOnce);
  const auto begin = stream.events.begin() + static_cast<std::ptrdiff_t>(has);
  answer.events.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  answer.ended = stream.ended && has + count == stream.events.size();
  return answer;
}

void Streams::follow(const std::string& token, Waiter waiter) {
  Stream& stream = streams_.find(token)->second;
  if (concerns(stream, waiter)) return waiter.resume(news(stream, waiter));
  stream.waiters.push_back(std::move(waiter));
  ++waiters_;
}

std::optional<Streams::Waiter> Streams::leave(const std::string& token, std::uint64_t id) {
  const auto position = streams_.find(token);
  if (position == streams_.end()) return std::nullopt;
  Stream& stream = position->second;
  const auto found = std::find_if(stream.waiters.begin(), stream.waiters.end(),
                                  [id](const Waiter& waiter) { return waiter.id == id; });
  if (found == stream.waiters.end()) return std::nullopt;
  std::optional<Waiter> left = std::move(*found);
  stream.waiters.erase(found);
  --waiters_;
  // A stream with only "queued" can be restored: polling must not fill the memory.
  const bool is_trivial = stream.last_seq == 1 && !stream.has_run && !stream.ended;
  if (is_trivial && stream.waiters.empty()) erase(position);
  return left;
}

std::vector<Streams::Waiter> Streams::leave_all() {
  std::vector<Waiter> left;
  for (auto& [token, stream] : streams_) {
    std::move(stream.waiters.begin(), stream.waiters.end(), std::back_inserter(left));
    stream.waiters.clear();
  }
  waiters_ = 0;
  return left;
}

void Streams::forget(Clock::Instant now) {
  auto oldest = by_age_.begin();
  while (oldest != by_age_.end()) {
    const auto position = streams_.find(*oldest++);
    const Stream& stream = position->second;
    if (now - stream.touched < bounds_.kept_after_end) return;
    if (stream.ended && stream.waiters.empty()) erase(position);
  }
}

}  // namespace evalx::queue::sqlite
