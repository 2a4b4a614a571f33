#pragma once
// FieldErrors: the faults of a document, each with the path of its field.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace evalx::submission {

struct FieldError {
  std::string field;    ///< "tests[3].limits.cpu_time_ms"; "" for the document as a whole.
  std::string message;  ///< For people, to follow the field: "must be a whole number".
};
using FieldErrors = std::vector<FieldError>;

/// Only the first faults of a document are reported.
inline constexpr std::size_t kMaxFieldErrors = 16;

/// Gathers faults while a document is read.
class Complaints {
 public:
  void add(std::string field, std::string message) {
    if (!full()) errors_.push_back({std::move(field), std::move(message)});
  }
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] bool full() const { return errors_.size() >= kMaxFieldErrors; }
  [[nodiscard]] FieldErrors take() { return std::exchange(errors_, {}); }

 private:
  FieldErrors errors_;
};

}  // namespace evalx::submission
