// Writer: the one worker there can be, which is this process.
#include "queue/sqlite/writer.hpp"

namespace evalx::queue::sqlite {

void Writer::announce(std::string announcement) {
  if (announcement.empty() || announcement.size() > kAnnouncementBytesMax) return;
  asio::post(loop_, [this, announcement = std::move(announcement)]() mutable {
    announcement_ = std::move(announcement);
  });
}

void Writer::workers(std::shared_ptr<Call<LiveWorkers>> call) {
  asio::post(loop_, [this, call = std::move(call)] {
    LiveWorkers live;
    live.now = clock_.wall_now();
    if (worker_since_) {
      live.workers.push_back({rules_.owner, announcement_, worker_since_, figures_.leased});
      if (announcement_.empty()) live.workers.back().since.reset();
    }
    call->answer(std::move(live));
  });
}

}  // namespace evalx::queue::sqlite
