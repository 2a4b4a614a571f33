#include "queue/sqlite/health.hpp"

#include "base/log.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

Health::Health(DataDirectory directory, Figures& figures,
               std::function<void(const Error&)> on_fatal)
    : directory_(std::move(directory)), figures_(figures), on_fatal_(std::move(on_fatal)) {}

void Health::start() {
  disk_low_ = !directory_.keep_reserve();
  figures_.healthy = !disk_low_;
}

void Health::note_fault(const Error& error) {
  if (broken_) return;
  figures_.healthy = false;
  const Fault fault = fault_of(error);
  if (fault == Fault::DiskFull) {
    if (!disk_low_) log::error("the disk is full, no new submissions", {{"cause", error.what}});
    return give_up_reserve();
  }
  log::error("the queue's store failed", {{"cause", error.what}, {"code", error.code.value()}});
  if (fault != Fault::Fatal) return;
  // After a failed fsync the contents of the disk are unknown: only a new start may look at them.
  broken_ = true;
  on_fatal_(error);
}

void Health::note_success() {
  if (!disk_low_ && !broken_) figures_.healthy = true;
}

void Health::give_up_reserve() {
  disk_low_ = true;
  directory_.give_up_reserve();
}

bool Health::regain_reserve() {
  if (!directory_.keep_reserve()) return false;
  disk_low_ = false;
  log::info("the disk has free space again");
  return true;
}

}  // namespace evalx::queue::sqlite
