#include "judge/fingerprint.hpp"

#include "base/digest.hpp"
#include "judge/kept_report.hpp"
#include "kernel/file.hpp"

namespace evalx::judge {
namespace {

/// Without the report behind the program: its times differ from compilation to compilation.
bool add_content(DigestBuilder& digest, int fd) {
  const auto kept = read_kept_report(fd);
  if (!kept) return false;
  std::uint64_t left = kept->program_bytes;
  const auto add = [&digest, &left](std::string_view piece) -> Result<> {
    piece = piece.substr(0, left);
    digest.raw(piece);
    left -= piece.size();
    return {};
  };
  return kernel::for_each_piece(fd, add).has_value();
}

void add_list(DigestBuilder& digest, const std::vector<std::string>& words) {
  digest.part(std::to_string(words.size()));
  for (const std::string& word : words) digest.part(word);
}

void add_limits(DigestBuilder& digest, const submission::Limits& limits) {
  for (const submission::LimitField& field : submission::limit_fields()) {
    const auto value = field.get(limits);
    digest.part(value ? std::to_string(*value) : "none");
  }
}

}  // namespace

std::string fingerprint(const Candidate& candidate) {
  DigestBuilder digest;
  add_list(digest, candidate.argv);
  add_list(digest, candidate.environment);
  add_limits(digest, candidate.limits);
  digest.part(to_string(candidate.profile))
      .part(candidate.proc == sandbox::Proc::Shared ? "shared" : "own");
  if (!candidate.program || !add_content(digest, candidate.program->get())) return {};
  return to_hex(digest.finish());
}

}  // namespace evalx::judge
