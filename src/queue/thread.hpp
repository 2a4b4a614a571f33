#pragma once
// Thread: starts a backend's threads; random bits.

#include <cstdint>
#include <functional>
#include <thread>

namespace evalx::queue {

/// Runs `body` on a new thread with all signals blocked; another thread handles them.
std::thread start_thread(const char* name, std::function<void()> body);

/// 64 bits of getrandom(2), never 0.
std::uint64_t random_bits();

}  // namespace evalx::queue
