#include "queue/redis/claims.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kGrantsPerClaim = 64;
constexpr Milliseconds kHurriedAtMost{2'000};  // For calls without patience, if Redis is slow.

}  // namespace

Claims::Claims(LoopThread& thread, const Connection& connection, Scripts& scripts, Changes& changes,
               Census& census, Holdings& holdings, Session& session, Hooks hooks)
    : connection_(connection),
      scripts_(scripts),
      changes_(changes),
      census_(census),
      holdings_(holdings),
      session_(session),
      hooks_(std::move(hooks)),
      line_(thread, {.is_open = hooks_.is_open,
                     .entered = [this](WaitingLine::Id id,
                                       Milliseconds patience) { entered(id, patience); },
                     .last_chance = [] {},
                     .give_back = [this](const LeaseId& id) { give_back(id); }}) {}

void Claims::entered(WaitingLine::Id id, Milliseconds patience) {
  session_.begin();
  if (patience <= Milliseconds::zero()) {
    line_.limit(id, kHurriedAtMost);
    hurried_[id] = next_;  // A claim that is under way was sent without this call.
  }
  session_.keep();
  claim();
}

void Claims::begin_again() {
  open_.clear();
  next_ = 1;
  for (auto& [id, number] : hurried_) number = next_;
}

void Claims::claim() {
  if (!open_.empty()) {
    claim_again_ = true;
    return;
  }
  if (line_.empty() || !connection_.is_ready() || !session_.may_claim()) return;
  claim_again_ = false;
  const std::uint64_t number = next_++;
  open_.insert(number);
  std::vector<std::string> args{session_.name(), std::to_string(number)};
  for (std::size_t i = 0; i < std::min(line_.size(), kGrantsPerClaim); ++i) {
    args.push_back(std::to_string(random_bits()));
  }
  scripts_.run("claim", std::move(args),
               [this, number, session = session_.name()](const Result<Reply>& reply) {
                 if (session != session_.name()) return;
                 open_.erase(number);  // The next renewal returns grants that never arrived.
                 if (reply) claimed(number, *reply);
               });
}

void Claims::claimed(std::uint64_t number, const Reply& reply) {
  if (reply.at(0).text != "ok") return session_.end();
  census_.note_depth(reply.at(1));
  const Reply& granted = reply.at(2);
  for (const Reply& job : granted.list) deliver(job);
  for (const Reply& broken : reply.at(3).list) {
    const std::string& token = broken.at(0).text;
    const std::string& why = broken.at(1).text;
    log::error("a stored job is damaged", {{"token", token}, {"cause", why}});
    changes_.change(token, Condemn{}, {{}, why}, [](const Result<State>&) {});
  }
  hooks_.overdue(reply.at(4));
  std::vector<WaitingLine::Id> answered;
  std::erase_if(hurried_, [&](const auto& waiting) {
    if (waiting.second > number) return false;
    answered.push_back(waiting.first);
    return true;
  });
  if (claim_again_ || !granted.list.empty()) claim();
  for (const WaitingLine::Id id : answered) line_.leave(id, std::optional<Leased>{});
}

void Claims::deliver(const Reply& granted) {
  const LeaseId id{granted.at(0).text, granted.at(1).number().value_or(0)};
  if (line_.empty()) return give_back(id);
  Leased leased{id,
                static_cast<unsigned>(granted.at(2).integer),
                granted.at(3).text,
                Microseconds{static_cast<Microseconds::rep>(granted.at(4).number().value_or(0))},
                holdings_.add(id),
                {},
                granted.at(5).integer != 0,
                granted.at(7).text};
  for (const Reply& part : granted.at(6).list) leased.checkpoint.push_back(part.text);
  if (!line_.deliver(std::move(leased))) give_back(id);
}

void Claims::give_back(const LeaseId& id) {
  changes_.change(id.token, Release{id.lease}, {}, [](const Result<State>&) {});
}

}  // namespace evalx::queue::redis
