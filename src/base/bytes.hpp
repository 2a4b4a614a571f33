#pragma once
// Bytes: an amount of memory or data. The type is the unit, so that no number needs one in its
// name.

#include <compare>
#include <cstdint>

namespace evalx {

struct Bytes {
  std::uint64_t count = 0;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  constexpr Bytes& operator+=(Bytes b) { return count += b.count, *this; }
  constexpr Bytes& operator-=(Bytes b) { return count -= b.count, *this; }

  [[nodiscard]] constexpr std::uint64_t kib() const { return count / 1024; }
  [[nodiscard]] constexpr std::uint64_t mib() const { return count / (1024 * 1024); }
};

constexpr Bytes kibibytes(std::uint64_t count) {
  return {count * 1024};
}
constexpr Bytes mebibytes(std::uint64_t count) {
  return {count * 1024 * 1024};
}

}  // namespace evalx
