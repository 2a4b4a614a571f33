#include "queue/sqlite/streams.hpp"

#include <algorithm>

namespace evalx::queue::sqlite {
namespace {

constexpr Bytes kStreamOverhead{512};  // The stream, its place by age, its token.
constexpr Bytes kEventOverhead{96};
constexpr std::size_t kLooksPerTrim = 64;  // Bounds the search that one event may cause.

Bytes size_of(const Event& event) {
  return kEventOverhead + Bytes{event.kind.size() + event.data.size()};
}

}  // namespace

bool Streams::has_run(const std::string& token) const {
  const auto found = streams_.find(token);
  return found != streams_.end() && found->second.has_run;
}

void Streams::restore(const std::string& token, std::string kind, std::string data,
                      Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  stream.ended = kind == "finished";
  // The event must be news for a client that has only "queued", or any part of a longer stream.
  if (kind != "queued") stream.last_seq = stream.ended ? kSeqOfRestoredEnd - 1 : 1;
  push(stream, std::move(kind), std::move(data), now);
  trim(stream);
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

void Streams::append(const std::string& token, std::string kind, std::string data,
                     Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  if (stream.ended) return;
  if (stream.last_seq == 0 && kind != "queued") push(stream, "queued", "{}", now);
  push(stream, std::move(kind), std::move(data), now);
  wake(stream);
  trim(stream);
}

void Streams::finish(const std::string& token, std::string data, Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  if (stream.ended) return;
  if (stream.last_seq == 0) push(stream, "queued", "{}", now);
  push(stream, "finished", std::move(data), now);
  stream.ended = true;
  wake(stream);
  trim(stream);
}

void Streams::reopen(const std::string& token, Clock::Instant now) {
  Stream& stream = make(token, now)->second;
  while (!stream.events.empty()) pop(stream);
  stream.ended = false;
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
  while (latest.size > bounds_.per_job && latest.events.size() > 1) pop(latest);
  auto oldest = by_age_.begin();
  for (std::size_t looks = 0; total_ > bounds_.total && looks < kLooksPerTrim; ++looks) {
    if (oldest == by_age_.end()) break;
    const auto position = streams_.find(*oldest++);
    if (&position->second != &latest && position->second.waiters.empty()) erase(position);
  }
  while (total_ > bounds_.total && latest.events.size() > 1) pop(latest);
}

void Streams::erase(Position position) {
  total_ -= position->second.size;
  by_age_.erase(position->second.age);
  streams_.erase(position);
}

bool Streams::concerns(const Stream& stream, const Waiter& waiter) {
  if (stream.ended) return true;
  if (waiter.until == Until::End) return false;
  // A seq from before a restart: the stream has begun again, and all its events are news.
  return stream.last_seq != waiter.after_seq;
}

Events Streams::news(const Stream& stream, const Waiter& waiter) {
  Events answer;
  answer.ended = stream.ended;
  if (waiter.until == Until::End) return answer;
  const std::uint64_t after = waiter.after_seq > stream.last_seq ? 0 : waiter.after_seq;
  for (const Event& event : stream.events) {
    if (event.seq > after) answer.events.push_back(event);
  }
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
