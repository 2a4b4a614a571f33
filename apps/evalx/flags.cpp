#include "flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "submission/schema.hpp"
#include "terminal/human_units.hpp"

namespace evalx::app {
namespace {

using submission::LimitField;

constexpr Microseconds kLeastTime{1'000};
constexpr Microseconds kMostTime = std::chrono::hours{24};
constexpr Bytes kMostSize = mebibytes(1024ULL * 1024);
constexpr unsigned kMostCount = 32'768;

std::string quoted(const std::string& text) {
  return "; it is \"" + text + "\"";
}

std::string complaint_about_duration(const std::string& text) {
  const auto time = terminal::parse_duration(text);
  if (time && *time >= kLeastTime && *time <= kMostTime) return {};
  const std::string range = "must be from 1ms to 24h";
  return (time ? range : time.error() + ", and " + range) + quoted(text);
}

std::string complaint_about_size(const std::string& text, Bytes least) {
  const auto size = terminal::parse_size(text);
  if (size && *size >= least && *size <= kMostSize) return {};
  const std::string range = "must be from " + terminal::write_size(least) + " to 1T";
  return (size ? range : size.error() + ", and " + range) + quoted(text);
}

std::string complaint_about_count(const std::string& text, unsigned least, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number && value >= least && value <= most) return {};
  return "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
         quoted(text);
}

std::optional<double> parse_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string complaint_about_tolerance(const std::string& text) {
  const auto value = parse_number(text);
  if (value && *value >= 0 && *value <= submission::kMaxTolerance) return {};
  return fmt::format("must be a number from 0 to {:g}", submission::kMaxTolerance) + quoted(text);
}

std::string with_default(const std::string& help, const std::string& value) {
  return value.empty() ? help : help + " [" + value + "]";
}

template <class Set, class Check>
CLI::Option* add(CLI::App& command, const std::string& flag, const char* metavar,
                 const std::string& help, Set set, Check check) {
  CLI::Option* option = command.add_option_function<std::string>(flag, set, help);
  // The check runs before `set`.
  option->check(CLI::Validator(check, "", metavar));
  option->option_text(metavar);
  return option;
}

template <class Use>
CLI::Option* add_duration_that(CLI::App& command, const std::string& flag, const std::string& help,
                               Use use) {
  const auto set = [use](const std::string& text) { use(*terminal::parse_duration(text)); };
  return add(command, flag, "TIME", help, set,
             [](std::string& text) { return complaint_about_duration(text); });
}

template <class Use>
CLI::Option* add_size_that(CLI::App& command, const std::string& flag, Bytes least,
                           const std::string& help, Use use) {
  const auto set = [use](const std::string& text) { use(*terminal::parse_size(text)); };
  return add(command, flag, "SIZE", help, set,
             [least](std::string& text) { return complaint_about_size(text, least); });
}

template <class Use>
CLI::Option* add_count_that(CLI::App& command, const std::string& flag, unsigned least,
                            unsigned most, const std::string& help, Use use) {
  const auto set = [use](const std::string& text) { use(static_cast<unsigned>(std::stoul(text))); };
  return add(command, flag, "N", help, set,
             [least, most](std::string& text) { return complaint_about_count(text, least, most); });
}

std::string default_of(const LimitField& field, std::optional<std::uint64_t> value) {
  if (!value) return "all of the memory";  // Only the stack has no value of its own.
  switch (field.unit) {
    case LimitField::Unit::Milliseconds:
      return terminal::write_duration(Microseconds{static_cast<Microseconds::rep>(*value)});
    case LimitField::Unit::Kibibytes:
      return terminal::write_size(Bytes{*value});
    case LimitField::Unit::Count:
      break;
  }
  return std::to_string(*value);
}

template <class Set>
CLI::Option* add_limit(CLI::App& command, const LimitField& field, const std::string& help,
                       Set set) {
  const std::string flag{field.flag};
  switch (field.unit) {
    case LimitField::Unit::Milliseconds:
      return add_duration_that(command, flag, help, [set](Microseconds time) {
        set(static_cast<std::uint64_t>(time.count()));
      });
    case LimitField::Unit::Kibibytes:
      return add_size_that(command, flag, Bytes{field.least}, help,
                           [set](Bytes size) { set(size.count); });
    case LimitField::Unit::Count:
      break;
  }
  return add_count_that(command, flag, static_cast<unsigned>(field.least), kMostCount, help, set);
}

}  // namespace

CLI::Option* add_count(CLI::App& command, const std::string& flag, unsigned& target, unsigned most,
                       const std::string& help) {
  return add_count_that(command, flag, 1, most, with_default(help, std::to_string(target)),
                        [&target](unsigned count) { target = count; });
}

CLI::Option* add_tolerance(CLI::App& command, const std::string& flag, double& target,
                           const std::string& help) {
  const auto set = [&target](const std::string& text) { target = *parse_number(text); };
  return add(command, flag, "X", with_default(help, fmt::format("{:g}", target)), set,
             [](std::string& text) { return complaint_about_tolerance(text); });
}

void add_program_file(CLI::App& command, ProgramFlags& flags) {
  command.add_option("FILE", flags.file, "Source file of the program; - is stdin")
      ->required()
      ->option_text(" ");
}

void add_program_flags(CLI::App& command, ProgramFlags& flags) {
  command
      .add_option("-l,--language", flags.language,
                  "Language of the program [by the ending of FILE]")
      ->option_text("NAME");
  command
      .add_option("--compiler-option", flags.compiler_options,
                  "Option for the compiler, as --compiler-option=-O3; can be repeated")
      ->option_text("OPTION")
      ->expected(1)
      ->take_all();
  add_settings_flags(command, flags.settings);
}

void add_limit_flags(CLI::App& command, LimitFlags& flags, const std::string& wall_time_default,
                     LimitFlags::Outputs outputs) {
  for (const LimitField& field : submission::limit_fields()) {
    const bool is_offered = !field.flag.empty() && (outputs == LimitFlags::Outputs::Limited ||
                                                    field.name != LimitFlags::kOutput);
    if (!is_offered) continue;
    const bool is_wall_time = field.name == LimitFlags::kWallTime;
    const std::string value =
        is_wall_time ? wall_time_default : default_of(field, field.get(flags.limits));
    const auto set = [&flags, &field, is_wall_time](std::uint64_t amount) {
      field.set(flags.limits, amount);
      if (is_wall_time) flags.has_wall_time = true;
    };
    add_limit(command, field, with_default(std::string{field.help}, value), set)->group("Limits");
  }
}

}  // namespace evalx::app
