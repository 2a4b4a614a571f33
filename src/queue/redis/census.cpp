#include "queue/redis/census.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace evalx::queue::redis {

void Census::note_depth(const Reply& depth) {
  figures_.queued = depth.at(0).number().value_or(0);
  figures_.leased = depth.at(1).number().value_or(0);
  const std::uint64_t age = depth.at(2).number().value_or(0);
  const bool is_empty = figures_.queued == 0;
  figures_.set_oldest(is_empty ? std::nullopt : std::optional{clock_.now() - Microseconds{age}});
  open_jobs_ = std::max<std::size_t>(open_jobs_, figures_.queued + figures_.leased);
}

void Census::note_callbacks(const Reply& count, const Reply& age) {
  figures_.callbacks_waiting = count.number().value_or(0);
  const Microseconds waited{static_cast<Microseconds::rep>(age.number().value_or(0))};
  figures_.set_oldest_callback(
      figures_.callbacks_waiting == 0 ? std::nullopt : std::optional{clock_.now() - waited});
}

void Census::note_birth(const std::string& birth) {
  if (!birth_.empty() && birth != birth_) {
    figures_.vanished += open_jobs_;
    if (open_jobs_ == 0) log::warning("Redis has lost its data; no accepted job was open");
    if (open_jobs_ > 0)
      log::error("Redis has lost its data: accepted jobs are gone", {{"jobs", open_jobs_}});
  }
  birth_ = birth;
  open_jobs_ = figures_.queued + figures_.leased;
}

}  // namespace evalx::queue::redis
