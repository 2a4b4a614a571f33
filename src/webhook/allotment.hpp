#pragma once
// Allotment: an amount that the coroutines of one event loop share. Each waits for its part, in
// turn.

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/task.hpp"

namespace evalx::webhook {

/// Belongs to the thread of its event loop, like all parts of it.
class Allotment {
  struct State;

 public:
  Allotment(const Executor& executor, std::uint64_t amount);

  /// Gives its amount back when it is destroyed.
  class Part {
   public:
    Part(Part&& other) noexcept = default;
    Part& operator=(Part&& other) noexcept;
    ~Part();

    [[nodiscard]] std::uint64_t amount() const { return amount_; }

   private:
    friend class Allotment;
    Part(std::shared_ptr<State> of, std::uint64_t amount) : of_(std::move(of)), amount_(amount) {}

    std::shared_ptr<State> of_;
    std::uint64_t amount_;
  };

  /// nullopt if it would have to wait.
  std::optional<Part> try_take(std::uint64_t amount);
  /// Waits until the amount is free and no earlier caller waits. More than there is in all is given
  /// when nothing else is taken. nullopt after a stop.
  Task<std::optional<Part>> take(std::uint64_t amount, std::stop_token stop);

  [[nodiscard]] std::uint64_t taken() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace evalx::webhook
