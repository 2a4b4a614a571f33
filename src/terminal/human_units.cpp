#include "terminal/human_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>

namespace evalx::terminal {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t scale;
};

constexpr std::array<Unit, 5> kTimes{
    {{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}}};
constexpr std::array<Unit, 9> kSizes{{{"B", 1},
                                      {"K", 1ULL << 10U},
                                      {"KiB", 1ULL << 10U},
                                      {"M", 1ULL << 20U},
                                      {"MiB", 1ULL << 20U},
                                      {"G", 1ULL << 30U},
                                      {"GiB", 1ULL << 30U},
                                      {"T", 1ULL << 40U},
                                      {"TiB", 1ULL << 40U}}};

constexpr std::string_view kTimeForm = "must be a time such as 500ms, 1.5s, 2m, or 5 for 5s";
constexpr std::string_view kSizeForm = "must be a size such as 64K, 256M or 1.5G (powers of 1024)";

/// Bound of a parsed value: sums of a few values cannot overflow.
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 16;

/// Enough for microseconds of a second, and few enough that no product below overflows.
constexpr std::size_t kMaxDecimals = 6;

/// `digits[.digits]` times the unit; nullopt for another form or a value that is too large.
std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const Unit& u) { return u.name == text.substr(end); });
  if (unit == units.end()) return std::nullopt;
  std::string_view number = text.substr(0, end);
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view rest = point == std::string_view::npos ? "" : number.substr(point + 1);
  if (whole.empty() || rest.find('.') != std::string_view::npos) return std::nullopt;
  if (point != std::string_view::npos && rest.empty()) return std::nullopt;
  if (rest.size() > kMaxDecimals) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : whole) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    if (value > kMost / unit->scale) return std::nullopt;
  }
  value *= unit->scale;
  std::uint64_t decimals = 0;
  std::uint64_t power = 1;
  for (const char digit : rest) {
    decimals = decimals * 10 + static_cast<std::uint64_t>(digit - '0');
    power *= 10;
  }
  return value + decimals * unit->scale / power;
}

/// "64m" and "64mib" are "64M" and "64MiB": no unit of a size differs from another by case alone.
std::string with_unit_as_written(std::string_view text) {
  std::string written{text};
  const std::size_t unit = written.find_first_not_of("0123456789.");
  if (unit == std::string::npos) return written;
  constexpr std::array<std::pair<char, char>, 5> kUpper{
      {{'b', 'B'}, {'k', 'K'}, {'m', 'M'}, {'g', 'G'}, {'t', 'T'}}};
  for (const auto& [lower, upper] : kUpper) {
    if (written[unit] == lower) written[unit] = upper;
    if (written.size() > unit + 1 && written.back() == lower) written.back() = upper;
  }
  return written;
}

/// `units` are ordered by scale; for the same scale the preferred name comes first.
std::string write(std::uint64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.scale == 0 && unit.scale > best->scale) best = &unit;
  }
  return fmt::format("{}{}", value / best->scale, best->name);
}

}  // namespace

tl::expected<Microseconds, std::string> parse_duration(std::string_view text) {
  const bool has_unit = text.find_first_not_of("0123456789.") != std::string_view::npos;
  const auto value = parse(has_unit ? std::string(text) : std::string(text) + "s", kTimes);
  if (!value) return tl::make_unexpected(std::string(kTimeForm));
  return Microseconds{static_cast<std::int64_t>(*value)};
}

tl::expected<Bytes, std::string> parse_size(std::string_view text) {
  if (text == "0") return Bytes{0};
  const auto value = parse(with_unit_as_written(text), kSizes);
  if (!value) return tl::make_unexpected(std::string(kSizeForm));
  return Bytes{*value};
}

std::string write_duration(Microseconds time) {
  return write(static_cast<std::uint64_t>(time.count()), kTimes);
}

std::string write_size(Bytes size) {
  return write(size.count, kSizes);
}

std::string show_duration(Microseconds time) {
  const auto us = time.count();
  if (us < 9'950) return fmt::format("{:.1f} ms", static_cast<double>(us) / 1e3);
  if (us < 999'500) return fmt::format("{:.0f} ms", static_cast<double>(us) / 1e3);
  if (us < 59'995'000) return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
  const auto seconds = (us + 500'000) / 1'000'000;
  return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

std::string show_size(Bytes size) {
  if (size.count < 1024) return fmt::format("{} B", size.count);
  constexpr std::array<std::string_view, 4> kNames{"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(size.count) / 1024;
  std::size_t name = 0;
  // 1023.5 would be rounded to 1024.
  while (value >= 1023.5 && name + 1 < kNames.size()) value /= 1024, ++name;
  return fmt::format("{:.{}f} {}", value, value < 9.95 ? 1 : 0, kNames.at(name));
}

std::string show_measured(Bytes size) {
  return size.count == 0 ? std::string{} : show_size(size);
}

}  // namespace evalx::terminal
