#include "language/definition.hpp"

#include <algorithm>
#include <filesystem>

#include "language/pattern.hpp"
#include "language/placeholder.hpp"
#include "language/source_path.hpp"
#include "language/strict_toml.hpp"

namespace evalx::language {
namespace {

// Upper limits for the numbers in a file; much higher than a real language needs.
constexpr std::int64_t kMaxAllowanceMegabytes = 16 * 1024;
constexpr std::int64_t kMaxAllowanceMilliseconds = 60'000;
constexpr std::int64_t kMaxAllowanceProcesses = 4096;
constexpr std::int64_t kMaxStackKilobytes = 1024 * 1024 * 1024;

using Strings = std::vector<std::string>;

/// Reports the first value that does not match `pattern` completely.
void require(StrictTable& table, std::string_view key, const Strings& values,
             const std::string& pattern, std::string_view rule) {
  for (const std::string& value : values) {
    if (!matches_whole(pattern, value)) table.refuse(key, "\"" + value + "\" " + std::string(rule));
  }
}

Strings read_argv(StrictTable& table, Step step) {
  Strings argv = table.texts("argv", Need::Required);
  for (const std::string& element : argv) {
    if (const auto problem = placeholder_problem(element, step)) table.refuse("argv", *problem);
  }
  if (!argv.empty() && !argv[0].starts_with("/") && !argv[0].starts_with("./")) {
    table.refuse("argv", "must begin with an absolute path or ./");
  }
  return argv;
}

Strings read_environment(StrictTable& table) {
  Strings environment = table.texts("environment", Need::Optional);
  require(table, "environment", environment, "[A-Za-z_][A-Za-z0-9_]*=[^]*", "must be NAME=value");
  return environment;
}

/// Returns the narrowest profile in the list `profiles`. The list begins with the widest profile,
/// because a program that runs under a narrow profile also runs under a wider one.
SeccompProfile read_profiles(StrictTable& table, SeccompProfile least) {
  const Strings names = table.texts("profiles", Need::Optional);
  auto narrowest = names.empty() ? SeccompProfile::Contest : SeccompProfile::Standard;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto profile = seccomp_profile_of(names[i]);
    if (!profile || *profile != static_cast<SeccompProfile>(i)) {
      table.refuse("profiles", "must list standard, contest, strict, in this order from the first");
      break;
    }
    if (*profile > least) table.refuse("profiles", "strict is not possible for compilers");
    narrowest = *profile;
  }
  return narrowest;
}

CompileStep read_compile(StrictTable table) {
  CompileStep step;
  step.argv = read_argv(table, Step::Compile);
  step.environment = read_environment(table);
  step.narrowest_profile = read_profiles(table, SeccompProfile::Contest);
  step.options = table.texts("options", Need::Optional);
  for (const std::string& pattern : step.options) {
    if (const auto problem = pattern_problem(pattern)) {
      table.refuse("options", "\"" + pattern + "\" " + *problem);
    }
  }
  if (!step.options.empty() && !mentions(step.argv, "{options}")) {
    table.refuse("options", "argv has no {options} to put them");
  }
  if (!mentions(step.argv, "{sources}") && !mentions(step.argv, "{entry}")) {
    table.refuse("argv", "has neither {sources} nor {entry}");
  }
  table.finish();
  return step;
}

void read_run(Language& language, StrictTable table) {
  language.run_argv = read_argv(table, Step::Run);
  language.run_environment = read_environment(table);
  language.narrowest_profile = read_profiles(table, SeccompProfile::Strict);
  if (!language.compile && !mentions(language.run_argv, "{entry}")) {
    table.refuse("argv", "has no {entry}, and there is no compile step");
  }
  if (mentions(language.run_argv, "{main_class}") == language.entry_rule.empty()) {
    table.refuse("argv", "{main_class} and entry_rule need each other");
  }
  table.finish();
}

Allowance read_allowance(StrictTable table) {
  Allowance allowance;
  allowance.memory =
      mebibytes(static_cast<std::uint64_t>(table.integer("memory_mb", 0, kMaxAllowanceMegabytes)));
  allowance.cpu_time = Milliseconds{table.integer("cpu_time_ms", 0, kMaxAllowanceMilliseconds)};
  allowance.processes =
      static_cast<unsigned>(table.integer("processes", 0, kMaxAllowanceProcesses));
  table.finish();
  return allowance;
}

StackBounds read_stack(StrictTable table) {
  const auto kilobytes = [&](std::string_view key, std::int64_t fallback) {
    return kibibytes(static_cast<std::uint64_t>(table.integer(key, fallback, kMaxStackKilobytes)));
  };
  StackBounds bounds;
  bounds.least = kilobytes("least_kb", 0);
  bounds.most = kilobytes("most_kb", kMaxStackKilobytes);
  bounds.reserve = kilobytes("reserve_kb", 0);
  if (bounds.most < bounds.least) table.refuse("most_kb", "is less than least_kb");
  table.finish();
  return bounds;
}

VersionSource read_version(StrictTable table) {
  VersionSource source;
  source.argv = table.texts("command", Need::Optional);
  source.file = table.text("file", Need::Optional);
  source.pattern = table.text("pattern", Need::Required);
  source.product = table.text("product", Need::Optional);
  if (source.argv.empty() == source.file.empty()) {
    table.refuse("command", "exactly one of command and file must be given");
  }
  if (!source.argv.empty() && !source.argv[0].starts_with("/")) {
    table.refuse("command", "must begin with an absolute path");
  }
  if (!source.file.empty() && !source.file.starts_with("/")) {
    table.refuse("file", "must be an absolute path");
  }
  if (const auto problem = pattern_problem(source.pattern, 1)) table.refuse("pattern", *problem);
  table.finish();
  return source;
}

SelfTest read_self_test(StrictTable table) {
  SelfTest test;
  test.source = table.text("source", Need::Required);
  test.stdin_bytes = table.text("stdin", Need::Required);
  test.expected_output = table.text("expected_output", Need::Required);
  table.finish();
  return test;
}

ProgramFile read_support_file(StrictTable table) {
  ProgramFile file{table.text("path", Need::Required), table.text("content", Need::Required)};
  if (const auto problem = path_problem(file.path)) table.refuse("path", *problem);
  table.finish();
  return file;
}

void read_names(Language& language, StrictTable& table) {
  constexpr const char* kName = "[a-z0-9_+#.-]{1,32}";
  language.id = table.text("id", Need::Required);
  require(table, "id", {language.id}, kName, "must be of a-z 0-9 _ + # . -, at most 32");
  language.title = table.text("title", Need::Required);
  language.name = language.title;
  language.aliases = table.texts("aliases", Need::Optional);
  require(table, "aliases", language.aliases, kName, "must be of a-z 0-9 _ + # . -, at most 32");
  language.judge0_ids = table.integers("judge0_ids");
  language.endings = table.texts("endings", Need::Required);
  require(table, "endings", language.endings, "\\.[A-Za-z0-9+]{1,15}", "must be like \".cpp\"");
  language.claims_endings = table.flag("claims_endings", true);
  language.source_file = table.text("source_file", Need::Required);
  require(table, "source_file", {language.source_file}, "[A-Za-z0-9_][A-Za-z0-9_.-]*",
          "must be a plain file name");
  if (!language.endings.empty() && ending_of(language.source_file, language.endings).empty()) {
    table.refuse("source_file", "has none of the endings");
  }
  language.entry_rule = table.text("entry_rule", Need::Optional);
  require(table, "entry_rule", {language.entry_rule}, "|java|kotlin",
          "is not an entry rule: java, kotlin");
  language.shared_proc = table.flag("shared_proc", false);
}

/// Whether a path is visible in a box: it has the host's /usr, the links into it, and `host_paths`.
bool in_box(const std::string& path, const Strings& host_paths) {
  if (matches_whole("/(usr|bin|sbin|lib[0-9a-z]*)/.+", path)) return true;
  return std::any_of(host_paths.begin(), host_paths.end(), [&](const std::string& host_path) {
    return path == host_path || path.starts_with(host_path + "/");
  });
}

void read_requirements(Language& language, StrictTable& table) {
  language.host_paths = table.texts("host_paths", Need::Optional);
  // A whole top directory could show files of the host by mistake.
  require(table, "host_paths", language.host_paths, "(/(?!\\.\\.?(/|$))[^/]+){2,}",
          "must be absolute, normalised and below a top directory");
  require(table, "host_paths", language.host_paths,
          "/(?!(usr|bin|sbin|lib|lib64|proc|sys|dev|box|tmp)/)[^]*",
          "is in every box, or must be in none");
  language.tools = table.texts("tools", Need::Required);
  for (const std::string& tool : language.tools) {
    if (!in_box(tool, language.host_paths)) {
      table.refuse("tools",
                   "\"" + tool + "\" is not visible in a box: below /usr, or named in host_paths");
    }
  }
  language.packages = table.texts("packages", Need::Required);
  require(table, "packages", language.packages, "[a-z0-9][a-z0-9+.-]+",
          "is not a name of a Debian package");
}

Definition read_definition(const toml::table& root, const std::string& file, Complaints& complaints) {
  StrictTable table(root, "", complaints);
  Definition definition;
  Language& language = definition.language;
  read_names(language, table);
  read_requirements(language, table);
  const auto below = [&](std::string_view key, const toml::table& found) {
    return StrictTable(found, std::string(key), complaints);
  };
  for (const toml::table* found : table.tables("support_files")) {
    language.support_files.push_back(read_support_file(below("support_files", *found)));
  }
  if (const auto* found = table.table("compile", Need::Optional)) {
    language.compile = read_compile(below("compile", *found));
  }
  if (const auto* found = table.table("run", Need::Required))
    read_run(language, below("run", *found));
  if (const auto* found = table.table("allowance", Need::Optional)) {
    language.allowance = read_allowance(below("allowance", *found));
  }
  if (const auto* found = table.table("stack", Need::Optional)) {
    language.stack = read_stack(below("stack", *found));
  }
  if (const auto* found = table.table("version", Need::Required)) {
    language.version_source = read_version(below("version", *found));
  }
  if (const auto* found = table.table("self_test", Need::Required)) {
    language.self_test = read_self_test(below("self_test", *found));
  }
  // People and scripts/install-languages find a language by its file name.
  if (std::filesystem::path(file).stem() != language.id)
    table.refuse("id", "must be the file's name");
  table.finish();
  definition.file = file;
  definition.id_line = table.line_of("id");
  definition.aliases_line = table.line_of("aliases");
  definition.endings_line = table.line_of("endings");
  definition.judge0_ids_line = table.line_of("judge0_ids");
  return definition;
}

}  // namespace

Result<Definition> parse_definition(std::string_view text, const std::string& file) {
  const auto invalid = std::make_error_code(std::errc::invalid_argument);
  Complaints complaints(file);
  if (text.size() > kMaxDefinitionBytes) {
    complaints.add(1, "", "larger than " + std::to_string(kMaxDefinitionBytes) + " bytes");
    return fail(invalid, complaints.text());
  }
  try {
    const toml::table root = toml::parse(text, std::string_view(file));
    Definition definition = read_definition(root, file, complaints);
    if (!complaints.empty()) return fail(invalid, complaints.text());
    return definition;
  } catch (const toml::parse_error& error) {
    complaints.add(error.source().begin.line, "", error.description());
    return fail(invalid, complaints.text());
  }
}

}  // namespace evalx::language
