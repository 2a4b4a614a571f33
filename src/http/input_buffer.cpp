#include "http/input_buffer.hpp"

#include <cstring>

namespace evalx::http {
namespace {

constexpr std::size_t kIdleBytesMax = 4096;

}  // namespace

std::span<char> InputBuffer::room(std::size_t count) {
  const std::size_t held = end_ - begin_;
  if (held + count > capacity_) {
    auto grown = std::make_unique_for_overwrite<char[]>(held + count);
    if (held > 0) std::memcpy(grown.get(), bytes_.get() + begin_, held);
    bytes_ = std::move(grown);
    capacity_ = held + count;
    begin_ = 0;
  } else if (end_ + count > capacity_) {
    if (held > 0) std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    begin_ = 0;
  }
  end_ = begin_ + held;
  return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::trim() {
  if (!empty() || capacity_ <= kIdleBytesMax) return;
  bytes_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace evalx::http
