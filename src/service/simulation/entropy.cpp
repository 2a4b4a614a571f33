#include "service/simulation/entropy.hpp"

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace {

evalx::queue::simulation::Random* source = nullptr;

}  // namespace

/// In place of that of the C library.
extern "C" ssize_t getrandom(void* buffer, std::size_t size, unsigned flags) {
  if (source == nullptr) return ::syscall(SYS_getrandom, buffer, size, flags);
  for (std::size_t done = 0; done < size; done += sizeof(std::uint64_t)) {
    const std::uint64_t bits = source->bits();
    std::memcpy(static_cast<char*>(buffer) + done, &bits, std::min(sizeof bits, size - done));
  }
  return static_cast<ssize_t>(size);
}

namespace evalx::service::simulation {

Entropy::Entropy(std::uint64_t seed) : random_(~seed) {
  source = &random_;
}

Entropy::~Entropy() {
  source = nullptr;
}

}  // namespace evalx::service::simulation
