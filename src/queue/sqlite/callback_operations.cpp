#include "queue/sqlite/callback_operations.hpp"

namespace evalx::queue::sqlite {

ChangeCallback::ChangeCallback(std::string token, Decide decide, std::optional<std::string> words,
                               Errc missing, Answer answer)
    : token_(std::move(token)),
      decide_(std::move(decide)),
      words_(std::move(words)),
      missing_(missing),
      answer_(std::move(answer)) {}

Result<> ChangeCallback::run(JobTable& table, Batch& batch) {
  outcome_ = {};
  now_ = batch.now;
  EVALX_TRY(auto stored, table.callbacks().look_up(token_));
  if (!stored) {
    outcome_ = fail(missing_, "change the callback of", token_);
    return {};
  }
  changed_ = *std::move(stored);
  auto next = decide_(changed_.callback, batch.instant);
  if (!next) {
    outcome_ = tl::make_unexpected(std::move(next).error());
    return {};
  }
  changed_.callback = *next;
  const bool waits = next->state == CallbackState::Waiting;
  const auto pause = waits ? next->due - batch.instant : StoreTime{};
  EVALX_TRY_VOID(table.callbacks().store(token_, changed_, batch.now + pause));
  if (!words_) return {};
  return table.callbacks().set_words(token_, *words_);
}

void ChangeCallback::settle(Jobs& jobs) {
  if (!outcome_) return;
  const Callback& callback = changed_.callback;
  if (callback.state == CallbackState::Sending) return;  // A resend of one that is sent now.
  if (callback.state != CallbackState::Waiting) return jobs.callbacks().remove(token_);
  jobs.callback_waits(token_, changed_.lane, now_ - changed_.since, Clock::Instant{callback.due});
}

Result<> WithdrawCallback::run(JobTable& table, Batch& /*batch*/) {
  outcome_ = {};
  EVALX_TRY(const auto stored, table.callbacks().look_up(token_));
  if (!stored) {
    outcome_ = fail(Errc::NotFound, "withdraw the callback of", token_);
    return {};
  }
  return table.callbacks().forget(token_, stored->lane);
}

}  // namespace evalx::queue::sqlite
