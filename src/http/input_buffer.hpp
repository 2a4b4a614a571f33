#pragma once
// InputBuffer: received bytes that are not consumed. The bytes after one request are the start of
// the next one.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace evalx::http {

class InputBuffer {
 public:
  [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  /// Returns free space for at least `count` bytes. Invalidates view().
  std::span<char> room(std::size_t count);
  void received(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }

  /// Frees the memory of a large body, because an idle connection should use little memory.
  void trim();

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace evalx::http
