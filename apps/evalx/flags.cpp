#include "flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "submission/schema.hpp"
#include "terminal/human_units.hpp"

namespace evalx::app {
namespace {

constexpr Microseconds kLeastTime{1'000};
constexpr Microseconds kMostTime = std::chrono::hours{24};
constexpr Bytes kMostSize = mebibytes(1024ULL * 1024);
constexpr unsigned kMostProcesses = 32'768;

std::string quoted(const std::string& text) {
  return "; it is \"" + text + "\"";
}

std::string complaint_about_duration(const std::string& text) {
  const auto time = terminal::parse_duration(text);
  if (!time) return time.error() + quoted(text);
  if (*time < kLeastTime || *time > kMostTime) return "must be from 1ms to 24h" + quoted(text);
  return {};
}

std::string complaint_about_size(const std::string& text, Bytes least) {
  const auto size = terminal::parse_size(text);
  if (!size) return size.error() + quoted(text);
  if (*size < least || *size > kMostSize)
    return "must be from " + terminal::write_size(least) + " to 1T" + quoted(text);
  return {};
}

std::string complaint_about_count(const std::string& text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number && value >= 1 && value <= most) return {};
  return "must be a whole number from 1 to " + std::to_string(most) + quoted(text);
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
  // A check is named after its complaint, and runs before `set`.
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

}  // namespace

CLI::Option* add_duration(CLI::App& command, const std::string& flag, Microseconds& target,
                          const std::string& help) {
  return add_duration_that(command, flag, with_default(help, terminal::write_duration(target)),
                           [&target](Microseconds time) { target = time; });
}

CLI::Option* add_size(CLI::App& command, const std::string& flag, Bytes& target, Bytes least,
                      const std::string& help) {
  return add_size_that(command, flag, least, with_default(help, terminal::write_size(target)),
                       [&target](Bytes size) { target = size; });
}

CLI::Option* add_count(CLI::App& command, const std::string& flag, unsigned& target, unsigned most,
                       const std::string& help) {
  const auto set = [&target](const std::string& text) {
    target = static_cast<unsigned>(std::stoul(text));
  };
  return add(command, flag, "N", with_default(help, std::to_string(target)), set,
             [most](std::string& text) { return complaint_about_count(text, most); });
}

CLI::Option* add_tolerance(CLI::App& command, const std::string& flag, double& target,
                           const std::string& help) {
  const auto set = [&target](const std::string& text) { target = *parse_number(text); };
  return add(command, flag, "X", with_default(help, fmt::format("{:g}", target)), set,
             [](std::string& text) { return complaint_about_tolerance(text); });
}

void add_program_file(CLI::App& command, ProgramFlags& flags) {
  command.add_option("FILE", flags.file, "The program's source")->required()->option_text(" ");
}

void add_program_flags(CLI::App& command, ProgramFlags& flags) {
  command.add_option("-l,--language", flags.language, "Its language [by the file's ending]")
      ->option_text("NAME");
  command
      .add_option("--compiler-option", flags.compiler_options,
                  "For the compiler: --compiler-option=-O3; may be given again")
      ->option_text("OPTION")
      ->expected(1)
      ->take_all();
  add_local_flags(command, flags.settings);
}

void add_limit_flags(CLI::App& command, LimitFlags& flags, const std::string& wall_time_default) {
  const submission::Limits least = submission::LimitBounds{}.least;
  submission::Limits& limits = flags.limits;
  std::vector<CLI::Option*> options{
      add_duration(command, "-t,--cpu-time", limits.cpu_time, "CPU time of all its processes"),
      add_duration_that(command, "-w,--wall-time",
                        with_default("Time on the clock", wall_time_default),
                        [&flags](Microseconds time) { flags.wall_time = time; }),
      add_size(command, "-m,--memory", limits.memory, least.memory,
               "Memory of all its processes, and what it writes to files"),
      add_size_that(command, "--stack", *least.stack, with_default("Stack", "all of the memory"),
                    [&limits](Bytes size) { limits.stack = size; }),
      add_size(command, "--file-size", limits.file_size, Bytes{0}, "Each file it writes"),
      add_count(command, "--processes", limits.processes, kMostProcesses,
                "Processes and threads at one time"),
  };
  for (CLI::Option* option : options) option->group("Limits");
}

}  // namespace evalx::app
