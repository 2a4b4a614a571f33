// Writer: event streams and waits for the end.
#include "queue/present.hpp"
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kFollowersMax = 65'536;
constexpr std::size_t kWaitingProgressMax = 16'384;  // While the disk is slow; more is dropped.

}  // namespace

void Writer::progress(LeaseId id, std::string kind, std::string data) {
  if (waiting_progress_.fetch_add(1) >= kWaitingProgressMax) {
    --waiting_progress_;
    return;
  }
  asio::post(loop_,
             [this, id = std::move(id), kind = std::move(kind), data = std::move(data)]() mutable {
               --waiting_progress_;
               jobs_.progress(id, std::move(kind), std::move(data));
             });
}

void Writer::follow(std::string token, std::uint64_t after_seq, Streams::Until until,
                    Milliseconds patience, EventsCall call) {
  Streams::Waiter waiter{next_waiter_++, after_seq, until, {}};
  call->on_cancel([writer = weak_from_this(), token, id = waiter.id] {
    const auto self = writer.lock();
    if (!self) return;
    asio::post(self->loop_, [raw = self.get(), token, id] {
      auto left = raw->jobs_.streams().leave(token, id);
      if (left) left->resume(fail(std::make_error_code(std::errc::operation_canceled), "follow"));
    });
  });
  asio::post(loop_, [this, token = std::move(token), waiter = std::move(waiter), patience,
                     call = std::move(call)]() mutable {
    begin_following(std::move(token), std::move(waiter), patience, std::move(call));
  });
}

void Writer::begin_following(std::string token, Streams::Waiter waiter, Milliseconds patience,
                             EventsCall call) {
  Streams& streams = jobs_.streams();
  if (closed_ || streams.waiters() >= kFollowersMax) {
    call->answer(fail(Errc::Unavailable, "follow"));
    return;
  }
  if (!streams.knows(token)) {
    if (auto known = remember_stream(token); !known) {
      call->answer(tl::make_unexpected(std::move(known).error()));
      return;
    }
  }
  const auto timed_out = [this, token, id = waiter.id] {
    if (auto left = jobs_.streams().leave(token, id)) left->resume(Events{});
  };
  // The deadline goes with the waiter, whoever resumes it.
  struct Patience {
    bool over = false;
    std::optional<Deadlines::Key> key;
  };
  const auto waiting = std::make_shared<Patience>();
  waiter.resume = [this, waiting, call = std::move(call)](Result<Events> answer) {
    waiting->over = true;
    if (waiting->key) deadlines_.remove(*waiting->key);
    call->answer(std::move(answer));
  };
  streams.follow(token, std::move(waiter));
  if (waiting->over) return;
  if (patience <= Milliseconds::zero() || waits_ended_) return timed_out();
  waiting->key = deadlines_.add(std::chrono::steady_clock::now() + patience, [waiting, timed_out] {
    waiting->key.reset();
    timed_out();
  });
  arm();
}

void Writer::end_waits() {
  asio::post(loop_, [this] {
    waits_ended_ = true;
    for (const auto& waiter : jobs_.streams().leave_all()) waiter.resume(Events{});
  });
}

Result<> Writer::remember_stream(const std::string& token) {
  EVALX_TRY(const auto job, table_->look_up(token));
  if (!job) return fail(Errc::NotFound, "follow", token);
  Present present = present_event(job->job.state, job->job.attempt);
  jobs_.streams().restore(token, std::move(present.kind), std::move(present.data), clock_.now());
  return {};
}

}  // namespace evalx::queue::sqlite
