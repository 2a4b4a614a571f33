#include "queue/sqlite/followers.hpp"

#include "queue/present.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kFollowersMax = 65'536;

}  // namespace

void Followers::follow(const std::weak_ptr<void>& owner, std::string token, Place after,
                       Store::Until until, Milliseconds patience, EventsCall call) {
  Streams::Waiter waiter{next_id_++, std::move(after), until, {}};
  call->on_cancel([this, owner, token, id = waiter.id] {
    const auto kept = owner.lock();
    if (!kept) return;
    parts_.thread.post([this, token, id] {
      auto left = parts_.jobs.streams().leave(token, id);
      if (left) left->resume(fail(std::make_error_code(std::errc::operation_canceled), "follow"));
    });
  });
  parts_.thread.post([this, token = std::move(token), waiter = std::move(waiter), patience,
                      call = std::move(call)]() mutable {
    begin(token, std::move(waiter), patience, std::move(call));
  });
}

void Followers::begin(const std::string& token, Streams::Waiter waiter, Milliseconds patience,
                      EventsCall call) {
  Streams& streams = parts_.jobs.streams();
  if (closed_ || streams.waiters() >= kFollowersMax) {
    call->answer(fail(Errc::Unavailable, "follow"));
    return;
  }
  if (!streams.knows(token)) {
    auto restored = restore_stream(token);
    if (!restored) {
      call->answer(tl::make_unexpected(std::move(restored).error()));
      return;
    }
    if (!*restored) {
      Events deleted;
      deleted.continues = false;
      deleted.ended = true;
      call->answer(std::move(deleted));
      return;
    }
  }
  const auto timed_out = [this, token, id = waiter.id] {
    if (auto left = parts_.jobs.streams().leave(token, id)) left->resume(Events{});
  };
  // Whatever resumes the waiter also removes its deadline.
  struct Patience {
    bool over = false;
    std::optional<Deadlines::Key> key;
  };
  const auto waiting = std::make_shared<Patience>();
  waiter.resume = [this, waiting, call = std::move(call)](Result<Events> answer) {
    waiting->over = true;
    if (waiting->key) parts_.thread.cancel(*waiting->key);
    call->answer(std::move(answer));
  };
  streams.follow(token, std::move(waiter));
  if (waiting->over) return;
  if (patience <= Milliseconds::zero() || waits_ended_) return timed_out();
  waiting->key = parts_.thread.after(patience, [waiting, timed_out] {
    waiting->key.reset();
    timed_out();
  });
}

void Followers::end_waits() {
  waits_ended_ = true;
  for (const auto& waiter : parts_.jobs.streams().leave_all()) waiter.resume(Events{});
}

void Followers::close(const Error& why) {
  closed_ = true;
  for (const auto& waiter : parts_.jobs.streams().leave_all()) {
    waiter.resume(tl::make_unexpected(why));
  }
}

Result<bool> Followers::restore_stream(const std::string& token) {
  EVALX_TRY(const auto found, parts_.table.look_up(token));
  if (!found) {
    EVALX_TRY(const bool is_evicted, parts_.table.evictions().remembers(token));
    return fail(is_evicted ? Errc::Evicted : Errc::NotFound, "follow", token);
  }
  const Job& job = found->job;
  if (is_terminal(job.state)) return false;
  Streams& streams = parts_.jobs.streams();
  if (job.state == State::Queued) {
    streams.restore_queued(token, parts_.jobs.backlog().since(found->id), parts_.clock.now());
  } else {
    streams.restore_running(token, job.attempt, parts_.clock.now());
  }
  return true;
}

}  // namespace evalx::queue::sqlite
