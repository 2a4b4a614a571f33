#include "queue/redis/followers.hpp"

#include <vector>

#include "queue/present.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kFollowersMax = 65'536;
constexpr std::size_t kEventsAtOnce = 1024;  // COUNT of find.lua.

/// The seq of an entry "seq-1".
std::uint64_t seq_of(const std::string& id) {
  Reply number;
  number.kind = Reply::Kind::Text;
  number.text = id.substr(0, id.find('-'));
  return number.number().value_or(0);
}

/// The answer of find.lua to a follower. One that waits for the end gets no events.
Events events_of(const Reply& found, Store::Until until) {
  const Job job = job_of(found.at(2));
  const Reply& stream = found.at(3);
  Events answer;
  answer.ended = is_terminal(job.state);
  if (until == Store::Until::End) return answer;
  answer.life = stream.at(0).text;
  answer.continues = stream.at(1).integer != 0;
  answer.is_whole = stream.at(2).integer != 0;
  const Reply& entries = stream.at(4);
  answer.ended = answer.ended && entries.list.size() < kEventsAtOnce;
  for (const Reply& entry : entries.list) {
    const Reply& fields = entry.at(1);
    answer.events.push_back({seq_of(entry.at(0).text), fields.at(1).text, fields.at(3).text});
  }
  if (!answer.continues && entries.list.empty() && !answer.ended) {  // Its events were deleted.
    Present present = present_event(job.state, job.attempt);
    answer.events.push_back(
        {stream.at(3).number().value_or(0), std::move(present.kind), std::move(present.data)});
  }
  return answer;
}

}  // namespace

void Followers::follow(const std::weak_ptr<void>& owner, std::string token, Place after,
                       Until until, Milliseconds patience, EventsCall call) {
  const std::uint64_t id = next_id_++;
  call->on_cancel([this, owner, id] {
    const auto kept = owner.lock();
    if (!kept) return;
    thread_.post([this, id] {
      stop(id, fail(std::make_error_code(std::errc::operation_canceled), "follow"));
    });
  });
  Follower follower;
  follower.token = std::move(token);
  follower.after = std::move(after);
  follower.until = until;
  follower.call = std::move(call);
  thread_.post([this, id, follower = std::move(follower), patience]() mutable {
    begin(id, std::move(follower), patience);
  });
}

void Followers::begin(std::uint64_t id, Follower follower, Milliseconds patience) {
  if (closed_ || followers_.size() >= kFollowersMax) {
    follower.call->answer(fail(Errc::Unavailable, "follow"));
    return;
  }
  by_token_.emplace(follower.token, id);
  follower.is_patient = patience > Milliseconds::zero() && !waits_ended_;
  if (follower.is_patient) {
    follower.deadline = thread_.after(patience, [this, id] {
      followers_[id].deadline.reset();
      stop(id, Events{});  // Even if Redis is not available and the job is not known.
    });
  }
  followers_[id] = std::move(follower);
  ask(id);
}

void Followers::end_waits() {
  waits_ended_ = true;
  std::vector<std::uint64_t> patient;
  for (const auto& [id, follower] : followers_) {
    if (follower.is_patient) patient.push_back(id);
  }
  for (const std::uint64_t id : patient) stop(id, Events{});
}

void Followers::close(const Error& why) {
  closed_ = true;
  while (!followers_.empty()) stop(followers_.begin()->first, tl::make_unexpected(why));
}

void Followers::wake(const std::string& token) {
  const auto [first, last] = by_token_.equal_range(token);
  std::vector<std::uint64_t> ids;
  for (auto follower = first; follower != last; ++follower) ids.push_back(follower->second);
  for (const std::uint64_t id : ids) ask(id);
}

void Followers::wake_all() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, follower] : followers_) ids.push_back(id);
  for (const std::uint64_t id : ids) ask(id);
}

void Followers::ask(std::uint64_t id) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  Follower& follower = found->second;
  if (follower.asking) {
    follower.ask_again = true;
    return;
  }
  follower.asking = true;
  follower.ask_again = false;
  std::vector<std::string> args{follower.token};
  if (follower.until == Until::NextEvent) {
    args.emplace_back("events");
    args.push_back(follower.after.life);
    args.push_back(std::to_string(follower.after.seq));
  }
  scripts_.run("find", std::move(args),
               [this, id](const Result<Reply>& reply) { take_reply(id, reply); });
}

void Followers::take_reply(std::uint64_t id, const Result<Reply>& reply) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  Follower& follower = found->second;
  follower.asking = false;
  if (!reply) {
    // A patient caller asks again when Redis is back.
    if (!follower.is_patient) stop(id, fail(Errc::Unavailable, reply.error().what));
    return;
  }
  const auto exists = is_found(*reply);
  if (!exists) return stop(id, fail(Errc::Unavailable, exists.error().what));
  if (!*exists) return stop(id, fail(why_missing(*reply), "follow", follower.token));
  Events answer = events_of(*reply, follower.until);
  const bool is_news = !answer.events.empty() || answer.ended;
  if (is_news || !follower.is_patient) return stop(id, std::move(answer));
  if (follower.ask_again) ask(id);
}

void Followers::stop(std::uint64_t id, Result<Events> answer) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  if (found->second.deadline) thread_.cancel(*found->second.deadline);
  const auto [first, last] = by_token_.equal_range(found->second.token);
  for (auto follower = first; follower != last; ++follower) {
    if (follower->second != id) continue;
    by_token_.erase(follower);
    break;
  }
  const EventsCall call = std::move(found->second.call);
  followers_.erase(found);
  call->answer(std::move(answer));
}

}  // namespace evalx::queue::redis
