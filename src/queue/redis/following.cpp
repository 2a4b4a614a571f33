// Hub: event streams and waits for the end, woken by messages and not by asking again and again.
#include "queue/present.hpp"
#include "queue/redis/hub.hpp"
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

}  // namespace

void Hub::follow(std::string token, std::uint64_t after_seq, Until until, Milliseconds patience,
                 EventsCall call) {
  const std::uint64_t id = next_id_++;
  call->on_cancel([hub = weak_from_this(), id] {
    const auto self = hub.lock();
    if (!self) return;
    self->post([raw = self.get(), id] {
      raw->stop_following(id, fail(std::make_error_code(std::errc::operation_canceled), "follow"));
    });
  });
  post([this, id, after_seq, until, patience, token = std::move(token),
        call = std::move(call)]() mutable {
    if (closed_ || followers_.size() >= kFollowersMax) {
      call->answer(fail(Errc::Unavailable, "follow"));
      return;
    }
    followers_of_.emplace(token, id);
    Follower& follower = followers_[id];
    follower.token = std::move(token);
    follower.after_seq = after_seq;
    follower.until = until;
    follower.call = std::move(call);
    follower.told_nothing = patience <= Milliseconds::zero() || waits_ended_;
    if (!follower.told_nothing) {
      follower.deadline = deadlines_.add(std::chrono::steady_clock::now() + patience, [this, id] {
        Follower& late = followers_[id];
        late.deadline.reset();
        // Redis is away or slow: what is not known is not said.
        stop_following(id, Events{});
      });
      arm();
    }
    ask(id);
  });
}

void Hub::end_waits() {
  post([this] {
    waits_ended_ = true;
    std::vector<std::uint64_t> patient;
    for (const auto& [id, follower] : followers_) {
      if (!follower.told_nothing) patient.push_back(id);
    }
    for (const std::uint64_t id : patient) stop_following(id, Events{});
  });
}

void Hub::ask(std::uint64_t id) {
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
    args.push_back(std::to_string(follower.after_seq));
  }
  scripts_.run("find", std::move(args),
               [this, id](const Result<Reply>& reply) { hear(id, reply); });
}

void Hub::hear(std::uint64_t id, const Result<Reply>& reply) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  Follower& follower = found->second;
  follower.asking = false;
  if (!reply) {
    // Asked again when Redis is back, if the caller waits for so long.
    if (follower.told_nothing) stop_following(id, fail(Errc::Unavailable, reply.error().what));
    return;
  }
  const auto is_there = is_found(*reply);
  if (!is_there) return stop_following(id, fail(Errc::Unavailable, is_there.error().what));
  if (!*is_there) return stop_following(id, fail(Errc::NotFound, "follow", follower.token));
  const Job job = job_of(reply->at(2));
  Events answer;
  const bool is_all = reply->at(3).list.size() < kEventsAtOnce;
  answer.ended = is_terminal(job.state) && is_all;
  for (const Reply& entry : reply->at(3).list) {
    const Reply& fields = entry.at(1);
    answer.events.push_back({seq_of(entry.at(0).text), fields.at(1).text, fields.at(3).text});
  }
  if (follower.until == Until::NextEvent && answer.events.empty() && answer.ended &&
      follower.after_seq == 0) {
    Present present = present_event(job.state, job.attempt);
    answer.events.push_back({1, std::move(present.kind), std::move(present.data)});
  }
  const bool is_news = !answer.events.empty() || answer.ended;
  if (is_news || follower.told_nothing) return stop_following(id, std::move(answer));
  if (follower.ask_again) ask(id);
}

void Hub::stop_following(std::uint64_t id, Result<Events> answer) {
  const auto found = followers_.find(id);
  if (found == followers_.end()) return;
  if (found->second.deadline) deadlines_.remove(*found->second.deadline);
  const auto [first, last] = followers_of_.equal_range(found->second.token);
  for (auto follower = first; follower != last; ++follower) {
    if (follower->second != id) continue;
    followers_of_.erase(follower);
    break;
  }
  const EventsCall call = std::move(found->second.call);
  followers_.erase(found);
  call->answer(std::move(answer));
}

void Hub::ask_all() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, follower] : followers_) ids.push_back(id);
  for (const std::uint64_t id : ids) ask(id);
}

}  // namespace evalx::queue::redis
