#pragma once
// Boxes: makes a box of the tool for each run, and removes it after the run.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/fd.hpp"
#include "sandbox/isolate/box_ids.hpp"
#include "sandbox/isolate/command.hpp"

namespace evalx::sandbox::isolate {

/// Belongs to one event loop.
class Boxes : public std::enable_shared_from_this<Boxes> {
 public:
  /// A box that exists. If a lease is destroyed without a call of remove(), for instance because
  /// its coroutine is destroyed during a run, its destructor removes the box, which blocks.
  class Lease {
   public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    [[nodiscard]] unsigned number() const { return id_.number; }
    /// The directory that the program sees as /box.
    [[nodiscard]] int directory() const { return directory_.get(); }

   private:
    friend class Boxes;
    Lease(std::shared_ptr<Boxes> boxes, BoxIds::Id id)
        : boxes_(std::move(boxes)), id_(std::move(id)) {}

    std::shared_ptr<Boxes> boxes_;  ///< Null once moved from.
    BoxIds::Id id_;
    kernel::Fd directory_;
    bool exists_ = false;
  };

  Boxes(asio::io_context& loop, Tool tool, std::vector<BoxIds::Id> ids)
      : loop_(loop), tool_(std::move(tool)), ids_(std::move(ids)) {}

  /// Waits for a free id and makes its box. Errors: the tool's message.
  Task<Result<Lease>> make();
  /// Removes the box. If that fails, it is retried before the id is used again.
  Task<> remove(Lease lease);
  /// The number of failed removals.
  [[nodiscard]] std::uint64_t not_cleaned() const { return not_cleaned_; }

 private:
  Task<Result<>> clean(unsigned number);

  asio::io_context& loop_;
  Tool tool_;
  BoxIds ids_;
  std::uint64_t not_cleaned_ = 0;
};

/// Makes the box, runs /bin/true in it with all options of a run, and removes it. Blocks. Errors:
/// the tool's message.
Result<> try_out(const Tool& tool, unsigned box, const std::string& meta_path);

}  // namespace evalx::sandbox::isolate
