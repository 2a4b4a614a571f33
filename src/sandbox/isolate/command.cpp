#include "sandbox/isolate/command.hpp"

#include <algorithm>
#include <charconv>

namespace evalx::sandbox::isolate {
namespace {

std::string option(std::string_view name, std::string_view value) {
  return std::string{name}.append("=").append(value);
}

std::string option(std::string_view name, std::uint64_t value) {
  return option(name, std::to_string(value));
}

std::uint64_t kib_up(Bytes bytes) {
  return bytes.count / 1024 + (bytes.count % 1024 != 0 ? 1 : 0);
}

/// The tool multiplies floating point numbers, and then truncates to thousandths. Adding half a
/// thousandth keeps 0.29 from becoming 0.289. 0 would mean no limit.
std::string seconds(Microseconds time) {
  const auto thousandths = std::max<std::int64_t>(std::chrono::ceil<Milliseconds>(time).count(), 1);
  std::string text = std::to_string(thousandths % 1000);
  text.insert(0, 3 - text.size(), '0');
  return std::to_string(thousandths / 1000) + "." + text + "5";
}

Argv begin(const Tool& tool, unsigned box) {
  Argv command{tool.path, option("--box-id", box)};
  if (tool.cgroups) command.emplace_back("--cg");
  return command;
}

void add_limits(Argv& command, const Tool& tool, const submission::Limits& limits) {
  // Names every limit: a new one does not compile until it is decided here. The tool has none for
  // outputs: they are cut while they are read.
  const auto& [cpu_time, wall_time, memory, stack, output, file_size, processes, open_files] =
      limits;
  command.push_back(option("--time", seconds(cpu_time)));
  command.push_back(option("--wall-time", seconds(wall_time)));
  // For the whole control group, or otherwise for the address space of each process.
  command.push_back(option(tool.cgroups ? "--cg-mem" : "--mem", memory.kib()));
  command.push_back(option("--stack", stack.value_or(memory).kib()));
  // For 2.x, 0 would mean no limit.
  command.push_back(option("--fsize", std::max<std::uint64_t>(kib_up(file_size), 1)));
  command.push_back(option("--processes", processes));
  if (tool.version >= kSetsOpenFiles) command.push_back(option("--open-files", open_files));
}

/// As 2.6 does by default: binds the machine's /dev without the mounts below it, because a /dev/shm
/// that all boxes share would let programs communicate.
void add_directories(Argv& command, const Tool& tool) {
  command.emplace_back("--dir=dev:dev:norec");
  if (tool.own_shm) command.emplace_back("--dir=dev/shm=tmpfs:fs:rw");
  for (const std::string& path : tool.dirs) command.push_back(option("--dir", path + ":maybe"));
}

}  // namespace

Result<Version> parse_version(std::string_view text) {
  constexpr std::string_view kName = "The process isolator ";
  if (!text.starts_with(kName))
    return fail(std::make_error_code(std::errc::bad_message),
                "this is not isolate:", text.substr(0, std::min<std::size_t>(text.find('\n'), 80)));
  const std::string_view number = text.substr(kName.size(), text.find('\n') - kName.size());
  const char* end = number.data() + number.size();
  Version version;
  const auto [point, error] = std::from_chars(number.data(), end, version.major);
  if (error != std::errc{} || point == end || *point != '.' ||
      std::from_chars(point + 1, end, version.minor).ec != std::errc{})
    return fail(std::make_error_code(std::errc::bad_message),
                "read isolate's version:", number.substr(0, 80));
  if (version < kOldest)
    return fail(std::make_error_code(std::errc::not_supported),
                "isolate is too old, 1.8 is needed, this is", number.substr(0, 80));
  return version;
}

Argv init_command(const Tool& tool, unsigned box) {
  Argv command = begin(tool, box);
  command.emplace_back("--init");
  return command;
}

Argv cleanup_command(const Tool& tool, unsigned box) {
  Argv command = begin(tool, box);
  command.emplace_back("--cleanup");
  return command;
}

Argv run_command(const Tool& tool, unsigned box, const submission::Limits& limits,
                 const std::string& meta_path, const std::vector<std::string>& environment,
                 const std::string& program, const std::vector<std::string>& argv) {
  Argv command = begin(tool, box);
  // Then the tool adds only fatal errors to the program's stderr.
  command.emplace_back("--silent");
  command.push_back(option("--meta", meta_path));
  add_limits(command, tool, limits);
  add_directories(command, tool);
  for (const std::string& entry : environment) command.push_back(option("--env", entry));
  command.emplace_back("--run");
  command.emplace_back("--");
  command.push_back(program);
  command.insert(command.end(), argv.begin() + 1, argv.end());
  return command;
}

bool is_bindable(std::string_view path) {
  return path.size() > 1 && path.front() == '/' &&
         path.find_first_of(":=") == std::string_view::npos &&
         path.find('\0') == std::string_view::npos && path.find("..") == std::string_view::npos;
}

}  // namespace evalx::sandbox::isolate
