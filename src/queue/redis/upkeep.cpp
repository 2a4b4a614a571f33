// Hub: regular tasks: dead workers, overdue jobs, repairs of the indexes.
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/redis/hub.hpp"

namespace evalx::queue::redis {
namespace {

constexpr Milliseconds kUpkeepInterval{500};
constexpr Milliseconds kReconcileInterval{5'000};
constexpr Milliseconds kProbeInterval{1'000};
constexpr std::size_t kOverdueAtOnce = 256;
constexpr std::size_t kCallbacksReconciledAtOnce = 500;
/// Overdue jobs that reap.lua gave to a process and that it does not end in this time are given to
/// another process.
constexpr Microseconds kTheirTurn = std::chrono::seconds{2};

}  // namespace

void Hub::upkeep() {
  if (closed_) return;
  thread_.after(kUpkeepInterval, [this] { upkeep(); });
  session_.keep();
  if (commands_.is_ready()) {
    cut_off_.release();
    outbox_.send_again();
  }
  claims_.claim();  // No message announces the end of a back-off.
  if (!commands_.is_ready()) return;
  reap();
  evicting_.evict();
  if (!probed_ || std::chrono::steady_clock::now() >= *probed_ + kProbeInterval) probe();
}

/// A connected Redis may still refuse writes. Its word decides whether this process is ready.
void Hub::probe() {
  probed_ = std::chrono::steady_clock::now();
  scripts_.run("probe", {}, [this](const Result<Reply>& reply) {
    if (!commands_.is_ready()) return;  // That is reported already.
    Figures& figures = census_.figures();
    figures.set_trouble(reply ? std::string{} : reply.error().what);
    const bool was_healthy = figures.healthy.exchange(reply.has_value());
    if (was_healthy && !reply) {
      log::error("Redis refuses writes", {{"cause", reply.error().what}});
    } else if (!was_healthy && reply && std::exchange(was_available_, true)) {
      log::info("Redis is available again");
    }
  });
}

void Hub::reap() {
  scripts_.run("reap", {std::to_string(kOverdueAtOnce), std::to_string(kTheirTurn.count())},
               [this](const Result<Reply>& reply) {
                 if (!reply) return;
                 census_.note_depth(reply->at(2));  // Other processes change it, too.
                 census_.note_birth(reply->at(3).text);
                 lose_workers(reply->at(1));
                 expire(reply->at(4));
               });
}

void Hub::lose_workers(const Reply& leases) {
  if (std::chrono::steady_clock::now() < reap_from_) return;
  for (const Reply& lease : leases.list) {
    const auto number = lease.at(1).number();
    if (!number) continue;
    if (*number == 0) {  // A bit of its state may have changed: nothing else would ever end it.
      change(lease.at(0).text, Condemn{}, {{}, "leased without a lease"},
             [](const Result<State>&) {});
      continue;
    }
    failpoint("reaper.mid", {.job = lease.at(0).text, .lease = *number});
    const Words words{{}, "the session of its worker expired"};
    // A worker that was asked to end was killed for that: no job is the cause.
    const bool was_ending = lease.at(2).integer != 0;
    const Change change_of = was_ending ? Change{Release{*number}} : Change{LoseWorker{*number}};
    change(lease.at(0).text, change_of, words, [this](const Result<State>& state) {
      if (state && *state == State::Queued) ++census_.figures().recovered;
    });
  }
}

void Hub::expire(const Reply& tokens) {
  std::shared_ptr<void> more;
  if (tokens.list.size() >= kOverdueAtOnce) {  // Asks for more when the last of these is settled.
    more = std::shared_ptr<void>(nullptr, [this](void*) {
      thread_.post([this] {
        if (!closed_ && commands_.is_ready()) reap();
      });
    });
  }
  for (const Reply& token : tokens.list) {
    change(token.text, Expire{}, {}, [more](const Result<State>&) {});
  }
}

void Hub::reconcile() {
  if (closed_) return;
  thread_.after(kReconcileInterval, [this] { reconcile(); });
  const auto pause = std::to_string(kReconcileInterval.count() * 9 / 10);
  scripts_.run("reconcile", {pause, std::to_string(options_.lease.count())},
               [this](const Result<Reply>& reply) {
                 if (!reply || reply->at(0).text != "ok") return;
                 failpoint("reconciler.mid");
                 lose_workers(reply->at(1));
                 const std::size_t vanished = reply->at(2).list.size();
                 const std::uint64_t repaired = reply->at(3).number().value_or(0);
                 census_.figures().vanished += vanished;
                 if (vanished > 0) {
                   log::error("accepted jobs have vanished from Redis", {{"jobs", vanished}});
                 }
                 if (repaired > 0) {
                   log::warning("delivery hints were rebuilt", {{"jobs", repaired}});
                 }
                 census_.note_depth(reply->at(4));
                 reconcile_callbacks();
               });
}

void Hub::reconcile_callbacks() {
  std::vector<std::string> args{std::to_string(Microseconds{options_.lease}.count()),
                                std::to_string(options_.retention.count()),
                                std::to_string(kCallbacksReconciledAtOnce)};
  scripts_.run("reconcile_callbacks", std::move(args), [](const Result<Reply>& reply) {
    if (!reply) return;
    const std::uint64_t found = reply->at(1).number().value_or(0);
    if (found > 0) log::info("an earlier release ended jobs with callbacks", {{"jobs", found}});
  });
}

}  // namespace evalx::queue::redis
