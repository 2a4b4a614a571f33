#include "queue/redis/callback_leases.hpp"

#include <utility>

namespace evalx::queue::redis {
namespace {

constexpr Milliseconds kPatience{10'000};  // A restart of Redis, or a short outage.
constexpr Milliseconds kAskAgainIn{500};   // If Redis has refused it, e.g. as a replica.
constexpr std::size_t kSettlingMax = 4'096;

const char* word_for(CallbackEnd::Kind kind) {
  switch (kind) {
    case CallbackEnd::Kind::Delivered:
      return "delivered";
    case CallbackEnd::Kind::Retry:
      return "retry";
    case CallbackEnd::Kind::Dead:
      return "dead";
    case CallbackEnd::Kind::Uncharged:
      break;
  }
  return "uncharged";
}

}  // namespace

void CallbackLeases::add(const CallbackLease& id) {
  held_[id.token] = id.lease;
  renew_in_time();
}

void CallbackLeases::settle(CallbackLease id, const CallbackEnd& end, Answer answer) {
  if (closed_ || settling_.size() >= kSettlingMax) {
    return answer(fail(Errc::Unavailable, "settle callback"));
  }
  begin(std::move(id), end, std::move(answer));
}

/// Also while closing: Redis may grant some at the last moment.
void CallbackLeases::give_back(CallbackLease id) {
  begin(std::move(id), {.kind = CallbackEnd::Kind::Uncharged}, [](const Result<>&) {});
}

void CallbackLeases::begin(CallbackLease id, const CallbackEnd& end, Answer answer) {
  Settling settling;
  settling.args = {id.token,           std::to_string(id.lease),
                   word_for(end.kind), std::to_string(end.retry_in.count()),
                   end.words,          std::to_string(options_.retention.count())};
  settling.id = std::move(id);
  settling.answer = std::move(answer);
  const std::uint64_t number = next_++;
  settling.deadline = thread_.after(kPatience, [this, number] {
    settling_.at(number).deadline.reset();
    finish(number, fail(Errc::Unavailable, "settle callback"));
  });
  settling_.emplace(number, std::move(settling));
  ask(number);
}

void CallbackLeases::ask(std::uint64_t number) {
  const auto found = settling_.find(number);
  if (found == settling_.end() || !connection_.is_ready()) return;
  if (std::exchange(found->second.is_asking, true)) return;
  scripts_.run("settle_callback", found->second.args, [this, number](const Result<Reply>& reply) {
    const auto waiting = settling_.find(number);
    if (waiting == settling_.end()) return;
    if (reply && reply->at(0).text == "ok") return finish(number, {});
    if (reply) return finish(number, fail(Errc::LeaseLost, "settle callback"));
    waiting->second.is_asking = false;
    if (closed_) return finish(number, fail(Errc::Unavailable, "settle callback"));
    thread_.after(kAskAgainIn, [this, number] { ask(number); });
  });
}

void CallbackLeases::finish(std::uint64_t number, Result<> answer) {
  auto node = settling_.extract(number);
  if (!node) return;
  Settling& settling = node.mapped();
  if (settling.deadline) thread_.cancel(*settling.deadline);
  forget(settling.id);
  settling.answer(std::move(answer));
  if (!closed_) settled_();
}

void CallbackLeases::forget(const CallbackLease& id) {
  const auto found = held_.find(id.token);
  if (found != held_.end() && found->second == id.lease) held_.erase(found);
}

void CallbackLeases::connected() {
  if (!held_.empty()) renew();
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, settling] : settling_) numbers.push_back(number);
  for (const std::uint64_t number : numbers) ask(number);
}

void CallbackLeases::renew_in_time() {
  if (std::exchange(is_renewing_, true)) return;
  thread_.after(options_.lease / 3, [this] {
    is_renewing_ = false;
    if (held_.empty()) return;
    if (connection_.is_ready()) renew();
    renew_in_time();
  });
}

void CallbackLeases::renew() {
  std::vector<std::string> args{std::to_string(Microseconds{options_.lease}.count())};
  for (const auto& [token, lease] : held_) {
    args.push_back(token);
    args.push_back(std::to_string(lease));
  }
  scripts_.run("renew_callbacks", std::move(args), [this](const Result<Reply>& reply) {
    if (!reply) return;
    for (const Reply& lost : reply->at(1).list) {
      forget({lost.at(0).text, lost.at(1).number().value_or(0)});
    }
  });
}

void CallbackLeases::close(const std::shared_ptr<void>& farewell) {
  // An end that its sender has reported counts, not the one that closing gives it.
  for (const auto& [number, settling] : settling_) forget(settling.id);
  for (const auto& [token, lease] : std::exchange(held_, {})) give_back({token, lease});
  closed_ = true;
  std::vector<std::uint64_t> numbers;
  for (auto& [number, settling] : settling_) {
    settling.farewell = farewell;
    numbers.push_back(number);
  }
  for (const std::uint64_t number : numbers) {
    ask(number);
    const auto left = settling_.find(number);
    if (left == settling_.end() || left->second.is_asking) continue;
    finish(number, fail(Errc::Unavailable, "settle callback"));  // Redis is not connected.
  }
}

}  // namespace evalx::queue::redis
