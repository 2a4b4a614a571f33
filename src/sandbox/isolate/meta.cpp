#include "sandbox/isolate/meta.hpp"

#include <charconv>
#include <set>

namespace evalx::sandbox::isolate {
namespace {

/// Bounds of a number: far above what a run can use, far below what overflows in other units.
constexpr std::uint64_t kMostKib = std::uint64_t{1} << 40U;
constexpr std::uint64_t kMostSeconds = 100'000'000;

auto malformed(std::string_view line) {
  constexpr std::size_t kShown = 80;
  return fail(std::make_error_code(std::errc::bad_message),
              "read the meta-file:", line.substr(0, kShown));
}

std::optional<std::uint64_t> number(std::string_view digits, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end || value > most) return std::nullopt;
  return value;
}

template <class T>
bool store(T& into, std::optional<std::uint64_t> value) {
  if (value) into = static_cast<T>(*value);
  return value.has_value();
}

bool store_kib(Bytes& into, std::string_view digits) {
  const auto value = number(digits, kMostKib);
  if (value) into = kibibytes(*value);
  return value.has_value();
}

/// "1.234": seconds, always with three decimals.
bool store_seconds(Milliseconds& into, std::string_view text) {
  constexpr std::size_t kDecimals = 3;
  const auto point = text.find('.');
  if (point == std::string_view::npos || text.size() - point - 1 != kDecimals) return false;
  const auto seconds = number(text.substr(0, point), kMostSeconds);
  const auto thousandths = number(text.substr(point + 1), 999);
  if (!seconds || !thousandths) return false;
  into = Milliseconds{*seconds * 1000 + *thousandths};
  return true;
}

bool store_status(Status& into, std::string_view text) {
  if (text == "RE") return into = Status::NonZero, true;
  if (text == "SG") return into = Status::Signaled, true;
  if (text == "TO") return into = Status::TimedOut, true;
  return false;
}

bool store_flag(bool& into, std::string_view text) {
  into = true;
  return text == "1";
}

bool store_value(Meta& meta, std::string_view key, std::string_view value) {
  constexpr std::uint64_t kMostCode = 255;
  int code = 0;
  if (key == "status") return store_status(meta.status, value);
  if (key == "killed") return store_flag(meta.killed, value);
  if (key == "cg-oom-killed") return store_flag(meta.oom_killed, value);
  if (key == "time") return store_seconds(meta.time, value);
  if (key == "time-wall") return store_seconds(meta.wall, value);
  if (key == "max-rss") return store_kib(meta.resident_peak, value);
  if (key == "cg-mem") return store_kib(meta.group_peak.emplace(), value);
  if (key == "exitcode" || key == "exitsig") {
    if (!store(code, number(value, kMostCode))) return false;
    (key == "exitcode" ? meta.exit_code : meta.signal) = code;
  }
  return true;
}

/// The tool can fail after it has written how the program ended. The failure is written last then.
std::optional<Meta> failure_of(std::string_view text) {
  const std::string lines = "\n" + std::string{text};
  const auto at = lines.find("\nstatus:XX\n");
  if (at == std::string::npos) return std::nullopt;
  constexpr std::string_view kMessage = "\nmessage:";
  Meta meta;
  meta.status = Status::Failed;
  if (const auto begin = lines.find(kMessage, at); begin != std::string::npos) {
    const auto from = begin + kMessage.size();
    meta.message = lines.substr(from, lines.find('\n', from) - from);
  }
  return meta;
}

}  // namespace

Result<Meta> parse_meta(std::string_view text) {
  if (text.size() > kMaxMetaBytes) return malformed("too long");
  if (auto failed = failure_of(text)) return *std::move(failed);
  Meta meta;
  std::set<std::string_view> seen;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const auto colon = line.find(':');
    // The last line has a line feed, too; without it the file was truncated.
    if (end == std::string_view::npos || colon == std::string_view::npos || colon == 0)
      return malformed(line);
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (!seen.insert(key).second || !store_value(meta, key, value)) return malformed(line);
    if (key == "message") meta.message = value;
    text.remove_prefix(end + 1);
  }
  return meta;
}

}  // namespace evalx::sandbox::isolate
