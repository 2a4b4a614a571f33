#pragma once
// Thread: the threads of a backend, and their random bits.

#include <cstdint>
#include <functional>
#include <thread>

namespace evalx::queue {

/// Runs `body` on a new thread that takes no signals: those are for the thread that asks for them.
std::thread start_thread(const char* name, std::function<void()> body);

/// 64 bits of getrandom(2), never 0.
std::uint64_t random_bits();

}  // namespace evalx::queue
