#pragma once
// Random: numbers that depend only on a seed: the same on every machine.

#include <cstdint>

namespace evalx::queue::simulation {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// Never 0.
  std::uint64_t lease() { return bits() | 1; }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(bits() % bound); }
  bool happens(unsigned per_thousand) { return below(1000) < per_thousand; }

 private:
  std::uint64_t state_;
};

}  // namespace evalx::queue::simulation
