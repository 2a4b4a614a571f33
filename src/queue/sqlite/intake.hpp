#pragma once
// Intake: operations that wait for their transaction, within bounds.

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "queue/sqlite/operations.hpp"

namespace evalx::queue::sqlite {

class Intake {
 public:
  using Operations = std::vector<std::unique_ptr<Operation>>;

  /// From any thread, before add(). False for an operation of kind Accept while too many operations
  /// wait. Kind Publish is never refused: leases bound the results, and connections the clients'
  /// cancellations.
  bool admit(const Operation& operation);

  // On the writer's thread.
  void add(std::unique_ptr<Operation> operation) { pending_.push_back(std::move(operation)); }
  [[nodiscard]] bool empty() const { return pending_.empty(); }
  /// The oldest operations that fit into one transaction.
  Operations take_batch();
  void refuse_all(const Error& why);

 private:
  std::deque<std::unique_ptr<Operation>> pending_;
  std::atomic<std::size_t> operations_{0};  ///< Admitted and not taken.
  std::atomic<std::uint64_t> bytes_{0};     ///< Their size.
};

}  // namespace evalx::queue::sqlite
