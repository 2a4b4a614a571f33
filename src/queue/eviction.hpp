#pragma once
// Eviction: how finished jobs are counted, and how many are deleted early when they exceed their
// capacity.

#include <cstdint>
#include <limits>

#include "base/bytes.hpp"

namespace evalx::queue {

/// For a process that evicts nothing.
inline constexpr Bytes kNoResultCapacity{std::numeric_limits<std::uint64_t>::max()};

/// Added for a finished job beside its spec and its result, for its rows or fields, indexes,
/// digests and failures. Measured on a job without failures: 1.6 KiB in SQLite, 2.0 KiB in Redis.
inline constexpr std::uint64_t kRecordBytes = 2048;
constexpr std::uint64_t kept_bytes(std::uint64_t spec, std::uint64_t result) {
  return kRecordBytes + spec + result;
}

/// Evictions in one step of the store, so that callers' operations wait for a short time only.
inline constexpr int kEvictedAtOnce = 32;
inline constexpr std::uint64_t kEvictedBytesAtOnce = std::uint64_t{64} * 1024 * 1024;
/// For each process. More than a process finishes, so that the finished jobs cannot outgrow their
/// capacity for long.
inline constexpr int kEvictedPerSecond = 1024;

/// Evicted tokens that are remembered, each until the retention of its result would have ended. If
/// there are more, the oldest are forgotten: such a token is then unknown. About 130 bytes each.
inline constexpr std::int64_t kEvictedRemembered = 250'000;

}  // namespace evalx::queue
