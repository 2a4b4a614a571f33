// Stored data that is not JSON: the report behind a compiled program, the fields of a job in Redis,
// digests; the first byte chooses. A kept report is one that a stored report can contain. A changed
// content has another digest. Fields that were written by hand are read as some job.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/assert.hpp"
#include "judge/kept_report.hpp"
#include "kernel/file.hpp"
#include "queue/content.hpp"
#include "queue/redis/reply.hpp"
#include "queue/redis/stored.hpp"
#include "submission/decode_report.hpp"
#include "submission/encode.hpp"

using namespace evalx;

namespace {

judge::KeptReport read_from_file(std::string_view bytes) {
  static const kernel::Fd file{::memfd_create("fuzzed", MFD_CLOEXEC)};
  EVALX_ASSERT(::ftruncate(file.get(), 0) == 0 && ::lseek(file.get(), 0, SEEK_SET) == 0);
  EVALX_ASSERT(kernel::write_all(file.get(), bytes));
  auto kept = judge::read_kept_report(file.get());
  EVALX_ASSERT(kept.has_value());
  return *std::move(kept);
}

void check_kept_report(std::string_view file) {
  const judge::KeptReport kept = read_from_file(file);
  EVALX_ASSERT(kept.program_bytes <= file.size());
  if (!kept.report) {
    EVALX_ASSERT(kept.program_bytes == file.size());
    return;
  }
  EVALX_ASSERT(kept.report->cached && kept.report->output.head.size() < file.size());
  // Kept again behind the same program, it is the same bytes.
  const std::string again =
      std::string{file.substr(0, kept.program_bytes)} + judge::bytes_of(*kept.report);
  EVALX_ASSERT(again == file);
  // It becomes a part of the submission's report, which a queue stores.
  submission::Report report;
  report.compile = kept.report;
  const auto stored = submission::decode_report(submission::encode_report(report));
  EVALX_ASSERT(stored.has_value());
  EVALX_ASSERT(stored->compile->output.head == kept.report->output.head);
  EVALX_ASSERT(stored->compile->exit_code == kept.report->exit_code);
}

/// The first byte is the length of what is taken for a digest.
void check_digest(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto size = static_cast<unsigned char>(bytes.front());
  const std::string_view digest = bytes.substr(1, size);
  const std::string content{bytes.substr(1 + digest.size())};
  const std::string right = queue::content_digest(content);
  EVALX_ASSERT(queue::is_intact(content, right) && queue::is_intact(content, ""));
  EVALX_ASSERT(digest.empty() || digest == right || !queue::is_intact(content, digest));
  std::string changed = content + '\0';
  EVALX_ASSERT(!queue::is_intact(changed, right));
  changed = content;
  if (!changed.empty()) changed[size % changed.size()] ^= 1;
  EVALX_ASSERT(changed == content || !queue::is_intact(changed, right));
}

void check_failure(const std::string& text) {
  const auto failure = queue::redis::failure_of_text(text);
  if (!failure) return;
  EVALX_ASSERT(failure->cause.size() <= queue::kCauseBytesMax);
  EVALX_ASSERT(text.size() <= queue::kCauseBytesMax || text.find(' ') != std::string::npos);
}

/// Everything that reads `reply` as what a script returns.
void check_reply(const queue::redis::Reply& reply) {
  using namespace queue::redis;
  const Reply& fields = reply.at(1);
  const queue::Job job = job_of(fields);
  EVALX_ASSERT(job.deaths <= job.attempt);
  EVALX_ASSERT(job.state >= queue::State::Queued && job.state <= queue::State::Expired);
  const queue::Record record = record_of("token", fields);
  EVALX_ASSERT(record.state == job.state);
  static_cast<void>(text_of(fields, kLast));
  static_cast<void>(is_found(reply));
  static_cast<void>(listed_of(reply));
  for (const queue::Failure& failure : failures_of(reply))
    EVALX_ASSERT(failure.cause.size() <= queue::kCauseBytesMax);
  check_failure(reply.text);
  for (const Reply& element : reply.list) check_failure(element.text);
}

std::size_t count(const queue::redis::Reply& reply) {
  std::size_t replies = 1;
  for (const queue::redis::Reply& element : reply.list) replies += count(element);
  return replies;
}

/// The number of replies in all, nested ones included, until the protocol is broken.
std::size_t decode(std::string_view bytes, std::size_t piece) {
  queue::redis::Decoder decoder;
  std::size_t replies = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!decoder.feed(bytes.substr(0, piece))) return replies;
    for (;;) {
      const auto reply = decoder.next();
      if (!reply) return replies;
      if (!*reply) break;
      replies += count(**reply);
      check_reply(**reply);
    }
  }
  return replies;
}

/// hiredis reserves memory for as many elements as an array announces, before they are there: a
/// server that sends that can exhaust it. Redis is trusted that far, and no such input is tried.
bool announces_many(std::string_view bytes) {
  for (auto star = bytes.find('*'); star != bytes.npos; star = bytes.find('*', star + 1)) {
    const auto digits = bytes.substr(star + 1).find_first_not_of("+-0123456789");
    if (std::min(digits, bytes.size() - star - 1) > 4) return true;
  }
  return false;
}

/// The same replies, however the bytes arrive.
void check_replies(std::string_view bytes) {
  if (announces_many(bytes)) return;
  const std::size_t whole = decode(bytes, bytes.size() + 1);
  EVALX_ASSERT(decode(bytes, 1) == whole && decode(bytes, 7) == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 3) {
    case 0:
      check_kept_report(rest);
      break;
    case 1:
      check_digest(rest);
      break;
    default:
      check_replies(rest);
  }
  return 0;
}
