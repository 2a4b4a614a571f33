// Hub: what the holders of jobs have done so far is kept.
#include "queue/redis/hub.hpp"

namespace evalx::queue::redis {

void Hub::checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) {
  if (auto fits = check_part(part); !fits) {
    call->answer(std::move(fits));
    return;
  }
  post([this, id = std::move(id), part = std::move(part), call = std::move(call)]() mutable {
    if (closed_) {
      call->answer(fail(Errc::Unavailable, "the queue is closing"));
      return;
    }
    scripts_.run("checkpoint",
                 {id.token, std::to_string(id.lease), std::move(part),
                  std::to_string(kCheckpointBytesMax), std::to_string(rules_.retention.count())},
                 [token = id.token, call](const Result<Reply>& reply) {
                   if (!reply) {
                     call->answer(fail(Errc::Unavailable, "checkpoint", reply.error().what));
                   } else if (const std::string& verdict = reply->at(0).text; verdict == "ok") {
                     call->answer({});
                   } else {
                     call->answer(fail(verdict == "full" ? Errc::Full : Errc::LeaseLost,
                                       "checkpoint", token));
                   }
                 });
  });
}

}  // namespace evalx::queue::redis
