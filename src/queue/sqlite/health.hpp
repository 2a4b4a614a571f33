#pragma once
// Health: whether the store takes writes, judged by its disk space and by its earlier faults.

#include <functional>

#include "base/result.hpp"
#include "queue/figures.hpp"
#include "queue/sqlite/data_directory.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread.
class Health {
 public:
  Health(DataDirectory directory, Figures& figures, std::function<void(const Error&)> on_fatal);

  /// Allocates the reserve, if the disk has space for it.
  void start();

  /// The reserve is given up: no job is accepted until it is allocated again.
  [[nodiscard]] bool is_disk_low() const { return disk_low_; }
  /// After a fatal fault nothing more is written.
  [[nodiscard]] bool is_broken() const { return broken_; }

  /// Gives the reserve up if the disk is full, and calls on_fatal if the store cannot be trusted.
  void note_fault(const Error& error);
  void note_success();
  void give_up_reserve();
  /// Allocates the reserve again; false while the disk has no space for it.
  bool regain_reserve();

 private:
  DataDirectory directory_;
  Figures& figures_;
  const std::function<void(const Error&)> on_fatal_;
  bool disk_low_ = false;
  bool broken_ = false;
};

}  // namespace evalx::queue::sqlite
