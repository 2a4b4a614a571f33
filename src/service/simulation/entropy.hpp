#pragma once
// Entropy: the random bits that a simulated process gets from the kernel; they depend on the seed.

#include "queue/simulation/random.hpp"

namespace evalx::service::simulation {

/// While it exists, getrandom(2) of this process returns numbers that depend on `seed`. Only one at a time.
class Entropy {
 public:
  explicit Entropy(std::uint64_t seed);
  Entropy(const Entropy&) = delete;
  Entropy& operator=(const Entropy&) = delete;
  ~Entropy();

 private:
  queue::simulation::Random random_;
};

}  // namespace evalx::service::simulation
