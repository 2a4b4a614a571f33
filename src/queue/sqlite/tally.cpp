#include "queue/sqlite/tally.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/log.hpp"
#include "base/result.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr int kDigits = 20;  // Always as many, so that a later write needs no new block.

}  // namespace

Tally::Tally(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  std::array<char, kDigits> text{};
  const ssize_t size = file_ < 0 ? 0 : ::pread(file_, text.data(), text.size(), 0);
  if (size == kDigits) std::from_chars(text.data(), text.data() + size, found_);
}

Tally::Tally(Tally&& other) noexcept
    : file_(std::exchange(other.file_, -1)), found_(other.found_), has_failed_(other.has_failed_) {}

Tally::~Tally() {
  if (file_ >= 0) ::close(file_);
}

void Tally::write(std::uint64_t accepted) {
  std::array<char, kDigits + 2> text{};
  std::snprintf(text.data(), text.size(), "%020llu\n", static_cast<unsigned long long>(accepted));
  const ssize_t size = kDigits + 1;
  if (::pwrite(file_, text.data(), static_cast<std::size_t>(size), 0) == size) return;
  if (std::exchange(has_failed_, true)) return;
  log::warning("the number of accepted jobs cannot be written: a loss may stay unknown",
               {{"error", last_error().message()}});
}

}  // namespace evalx::queue::sqlite
