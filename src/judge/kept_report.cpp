#include "judge/kept_report.hpp"

#include <sys/stat.h>

#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include "kernel/file.hpp"

namespace evalx::judge {
namespace {

constexpr std::string_view kMagic = "EVXCMPL1";
/// More than a shortened output with its remark (kMaxCompilerWords) needs.
constexpr std::uint64_t kMostOutput = 128UL * 1024;

struct Figures {
  std::int64_t cpu_us;
  std::int64_t wall_us;
  std::uint64_t memory;
  std::uint64_t output_bytes;
  std::uint32_t exit_code;
  std::uint32_t has_exit_code;
};
struct End {
  std::uint64_t bytes;  ///< The figures and the output.
  char magic[8];
};

/// Whether a report can have them: what a queue stores of it must be read again.
bool is_possible(const Figures& figures, std::uint64_t output_bytes) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 50;  // 35 years, a pebibyte.
  const auto is_time = [](std::int64_t us) {
    return us >= 0 && static_cast<std::uint64_t>(us) <= kMost;
  };
  const bool is_code =
      figures.exit_code <= std::numeric_limits<int>::max() &&
      (figures.has_exit_code == 1 || (figures.has_exit_code == 0 && figures.exit_code == 0));
  return is_time(figures.cpu_us) && is_time(figures.wall_us) && is_code &&
         figures.memory <= kMost && figures.output_bytes <= kMost &&
         figures.output_bytes >= output_bytes;
}

template <class T>
void append(std::string& text, const T& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT: a plain struct
}

template <class T>
Result<T> read_struct(int fd, std::uint64_t offset) {
  T value{};
  EVALX_TRY_VOID(kernel::read_at(fd, offset, std::as_writable_bytes(std::span{&value, 1})));
  return value;
}

submission::CompileReport report_of(const Figures& figures, std::string output) {
  submission::CompileReport report;
  report.cached = true;
  report.cpu_time = Microseconds{figures.cpu_us};
  report.wall_time = Microseconds{figures.wall_us};
  report.memory_peak = Bytes{figures.memory};
  report.output = {std::move(output), figures.output_bytes};
  if (figures.has_exit_code != 0) report.exit_code = static_cast<int>(figures.exit_code);
  return report;
}

}  // namespace

std::string bytes_of(const submission::CompileReport& report) {
  Figures figures{};
  figures.cpu_us = report.cpu_time.count();
  figures.wall_us = report.wall_time.count();
  figures.memory = report.memory_peak.count;
  figures.output_bytes = report.output.total_bytes;
  figures.exit_code = static_cast<std::uint32_t>(report.exit_code.value_or(0));
  figures.has_exit_code = report.exit_code ? 1 : 0;
  std::string bytes;
  append(bytes, figures);
  bytes += report.output.head;
  End end{};
  end.bytes = bytes.size();
  std::memcpy(end.magic, kMagic.data(), kMagic.size());
  append(bytes, end);
  return bytes;
}

Result<KeptReport> read_kept_report(int program) {
  struct stat status {};
  if (::fstat(program, &status) < 0) return fail(last_error(), "fstat the program");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const KeptReport none{size, std::nullopt};
  if (size < sizeof(End) + sizeof(Figures)) return none;
  EVALX_TRY(const End end, read_struct<End>(program, size - sizeof(End)));
  if (std::string_view{end.magic, sizeof end.magic} != kMagic) return none;
  if (end.bytes < sizeof(Figures) || end.bytes > size - sizeof(End)) return none;
  const std::uint64_t output_bytes = end.bytes - sizeof(Figures);
  if (output_bytes > kMostOutput) return none;
  const std::uint64_t begin = size - sizeof(End) - end.bytes;
  EVALX_TRY(const Figures figures, read_struct<Figures>(program, begin));
  if (!is_possible(figures, output_bytes)) return none;
  std::string output(output_bytes, '\0');
  EVALX_TRY_VOID(
      kernel::read_at(program, begin + sizeof(Figures), std::as_writable_bytes(std::span{output})));
  return KeptReport{begin, report_of(figures, std::move(output))};
}

}  // namespace evalx::judge
