#include "judge/fingerprint.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/digest.hpp"

namespace evalx::judge {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

bool add_content(DigestBuilder& digest, int fd) {
  std::string piece(kPieceBytes, '\0');
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    digest.raw(std::string_view{piece}.substr(0, static_cast<std::size_t>(got)));
    at += got;
  }
}

void add_list(DigestBuilder& digest, const std::vector<std::string>& words) {
  digest.part(std::to_string(words.size()));
  for (const std::string& word : words) digest.part(word);
}

void add_limits(DigestBuilder& digest, const submission::Limits& limits) {
  for (const auto number :
       {static_cast<std::uint64_t>(limits.cpu_time.count()),
        static_cast<std::uint64_t>(limits.wall_time.count()), limits.memory.count,
        limits.stack.value_or(limits.memory).count, limits.output.count, limits.file_size.count,
        std::uint64_t{limits.processes}, std::uint64_t{limits.open_files}}) {
    digest.part(std::to_string(number));
  }
}

}  // namespace

std::string fingerprint(const Trial& trial) {
  DigestBuilder digest;
  add_list(digest, trial.argv);
  add_list(digest, trial.environment);
  add_limits(digest, trial.limits);
  digest.part(to_string(trial.profile))
      .part(trial.proc == sandbox::Proc::Shared ? "shared" : "own");
  if (!trial.program || !add_content(digest, trial.program->get())) return {};
  return to_hex(digest.finish());
}

}  // namespace evalx::judge
