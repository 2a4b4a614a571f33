// Hub: the workers that share the queue, and what this one tells of itself.
#include <algorithm>

#include "queue/redis/hub.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {

void Hub::announce(std::string announcement) {
  if (announcement.empty() || announcement.size() > kAnnouncementBytesMax) return;
  post([this, announcement = std::move(announcement)]() mutable {
    announcement_ = std::move(announcement);
    is_announced_ = false;
    if (session_is_known_) tell_fleet();
  });
}

/// What fails is tried again with the next renewal.
void Hub::tell_fleet() {
  if (announcement_.empty()) return;
  const auto forgotten = std::to_string(2 * rules_.lease.count());
  scripts_.run("announce", {session_, forgotten, announcement_},
               [this, session = session_, told = announcement_](const Result<Reply>& reply) {
                 const bool is_stored = reply && reply->at(0).text == "ok";
                 if (is_stored && session == session_ && told == announcement_)
                   is_announced_ = true;
               });
}

void Hub::workers(std::shared_ptr<Call<LiveWorkers>> call) {
  post([this, call = std::move(call)]() mutable {
    if (closed_) {
      call->answer(fail(Errc::Unavailable, "the queue is closing"));
      return;
    }
    std::vector<std::string> args{std::to_string(kWorkersListedMax),
                                  std::to_string(kAnnouncementBytesMax)};
    scripts_.run("workers", std::move(args), [call](const Result<Reply>& reply) {
      if (!reply) {
        call->answer(fail(Errc::Unavailable, reply.error().what));
        return;
      }
      LiveWorkers live;
      live.now = instant_of(reply->at(1).number().value_or(0));
      for (const Reply& told : reply->at(2).list) {
        LiveWorker& worker = live.workers.emplace_back();
        worker.session = told.at(0).text;
        if (const auto since = told.at(1).number()) worker.since = instant_of(*since);
        worker.announcement = told.at(2).text;
        worker.jobs = told.at(3).number().value_or(0);
      }
      std::sort(live.workers.begin(), live.workers.end(),
                [](const auto& a, const auto& b) { return a.session < b.session; });
      call->answer(std::move(live));
    });
  });
}

}  // namespace evalx::queue::redis
