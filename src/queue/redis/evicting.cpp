#include "queue/redis/evicting.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace evalx::queue::redis {

Evicting::Evicting(Connection& connection, Scripts& scripts, const StoreOptions& options,
                   Census& census)
    : connection_(connection),
      scripts_(scripts),
      options_(options),
      figures_(census.figures()),
      capacity_(options.result_capacity.count) {
  figures_.result_capacity = capacity_;
}

void Evicting::connected() {
  connection_.call({"CONFIG", "GET", "maxmemory"}, [this](const Result<Reply>& reply) {
    if (!reply) return;
    // Nothing if it may not be read: then the setting alone counts.
    if (const auto maxmemory = reply->at(1).number()) set_capacity(*maxmemory);
  });
}

void Evicting::set_capacity(std::uint64_t maxmemory) {
  std::uint64_t capacity = options_.result_capacity.count;
  if (maxmemory > 0) capacity = std::min(capacity, maxmemory / 2);
  if (capacity == std::exchange(capacity_, capacity)) return;
  figures_.result_capacity = capacity_;
  log::info("results may take half of Redis' maxmemory, which is less than result_capacity_mb",
            {{"mib", Bytes{capacity_}.mib()}});
}

void Evicting::evict() {
  left_ = kEvictedPerSecond / 2;
  if (!is_asking_) step();
}

void Evicting::step() {
  if (options_.result_capacity == kNoResultCapacity || left_ == 0) return;
  is_asking_ = true;
  std::vector<std::string> args{
      std::to_string(capacity_), std::to_string(options_.retention.count()),
      std::to_string(std::min(left_, kEvictedAtOnce)), std::to_string(kEvictedBytesAtOnce),
      std::to_string(kEvictedRemembered)};
  scripts_.run("evict", std::move(args), [this](const Result<Reply>& reply) {
    is_asking_ = false;
    if (!reply) return;
    figures_.result_bytes = reply->at(1).number().value_or(0);
    const auto evicted = static_cast<int>(reply->at(2).number().value_or(0));
    figures_.evicted += static_cast<std::uint64_t>(evicted);
    left_ -= std::min(left_, evicted);
    if (evicted > 0 && reply->at(3).integer != 0) step();
  });
}

}  // namespace evalx::queue::redis
