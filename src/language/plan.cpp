#include "language/plan.hpp"

#include <algorithm>
#include <set>

#include "base/join.hpp"
#include "language/java_entry.hpp"
#include "language/kotlin_entry.hpp"
#include "language/pattern.hpp"
#include "language/placeholder.hpp"
#include "language/source_path.hpp"

namespace evalx::language {
namespace {

// All programs and compilers use UTF-8. C.UTF-8 is the only UTF-8 locale that libc-bin always
// contains.
constexpr const char* kLocale = "LANG=C.UTF-8";

/// Longer class names would need file names that are too long for file systems.
constexpr std::size_t kMaxTypeNameBytes = 200;

/// A public class must be in a file with its name; any other source can be in source_file.
std::string name_for(const Language& language, const std::string& content) {
  if (language.entry_rule != "java") return language.source_file;
  const std::string type = find_java_entry(content).public_type;
  return type.empty() || type.size() > kMaxTypeNameBytes ? language.source_file : type + ".java";
}

Result<> check_paths(const Language& language, const std::vector<ProgramFile>& files) {
  std::set<std::string> folders;
  std::set<std::string> paths;
  for (const ProgramFile& file : files) {
    if (const auto problem = path_problem(file.path))
      return invalid("file \"" + file.path + "\": the path " + *problem);
    if (!paths.insert(file.path).second)
      return invalid("file \"" + file.path + "\" is given twice");
    for (std::size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      folders.insert(file.path.substr(0, slash));
    }
  }
  if (language.compile) folders.insert(kOutFolder);
  for (const ProgramFile& file : files) {
    if (folders.count(file.path) != 0)
      return invalid("file \"" + file.path + "\" has the path of a folder");
    if (language.compile && file.path.starts_with(std::string(kOutFolder) + "/")) {
      return invalid("file \"" + file.path + "\": the folder " + kOutFolder +
                     " is reserved for the compiler");
    }
  }
  return {};
}

std::string main_class(const Language& language, const ProgramFile& entry) {
  if (language.entry_rule == "kotlin") return kotlin_main_class(entry.content, entry.path);
  if (language.entry_rule != "java") return {};
  const JavaEntry found = find_java_entry(entry.content);
  // A file without a type does not compile, so the name is not used.
  return found.main_type.empty() ? "Main" : found.main_class();
}

Filling fill(const Language& language, std::span<const ProgramFile> files,
             std::span<const std::string> options, ProgramLimits limits) {
  Filling filling;
  const ProgramFile* entry = nullptr;
  for (const ProgramFile& file : files) {
    const std::string_view ending = ending_of(file.path, language.endings);
    if (ending.empty()) continue;
    const std::string argument = as_argument(file.path);
    filling.sources.push_back(argument);
    if (entry != nullptr) {
      filling.others.push_back(argument);
      continue;
    }
    entry = &file;
    filling.entry = argument;
    filling.entry_stem = argument.substr(0, argument.size() - ending.size());
  }
  if (entry != nullptr) filling.main_class = main_class(language, *entry);
  filling.options.assign(options.begin(), options.end());
  filling.memory_mb = std::max<std::uint64_t>(1, limits.memory.mib());
  const StackBounds& bounds = language.stack;
  const Bytes real = limits.stack > bounds.reserve ? limits.stack - bounds.reserve : Bytes{};
  filling.stack_kb = std::clamp(real, bounds.least, bounds.most).kib();
  return filling;
}

std::vector<std::string> with_locale(const std::vector<std::string>& environment) {
  std::vector<std::string> complete{kLocale};
  complete.insert(complete.end(), environment.begin(), environment.end());
  return complete;
}

/// Adds a part with its length before it, so that two different plans have different texts.
void append_part(std::string& text, std::string_view part) {
  text.append(std::to_string(part.size())).append(":").append(part).append(",");
}

std::string digest_input(const Language& language, const Plan& plan) {
  std::string text;
  append_part(text, "evalx plan 1");
  append_part(text, language.id);
  append_part(text, language.version);
  const auto append_list = [&](const std::vector<std::string>& list) {
    append_part(text, std::to_string(list.size()));
    for (const std::string& element : list) append_part(text, element);
  };
  append_list(plan.compile.value_or(std::vector<std::string>{}));
  append_list(plan.compile_environment);
  return text;
}

}  // namespace

Result<> check_options(const Language& language, std::span<const std::string> options) {
  if (options.empty()) return {};
  if (!language.compile)
    return invalid(language.title + " has no compile step, so it takes no compiler options");
  const std::vector<std::string>& patterns = language.compile->options;
  for (const std::string& option : options) {
    const bool allowed =
        option.size() <= kMaxOptionBytes &&
        std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return matches_whole(pattern, option); });
    if (!allowed) {
      return invalid("compiler option \"" + option.substr(0, kMaxOptionBytes) +
                     "\" is not allowed for " + language.title + "; allowed are " +
                     join(patterns, " "));
    }
  }
  return {};
}

Result<Plan> plan(const Language& language, std::vector<ProgramFile> files,
                  std::span<const std::string> options, ProgramLimits limits) {
  EVALX_TRY_VOID(check_options(language, options));
  if (files.empty()) return invalid("no source file is given");
  if (files.size() == 1 && files[0].path.empty())
    files[0].path = name_for(language, files[0].content);
  const std::size_t given = files.size();
  Plan plan;
  plan.files = std::move(files);
  plan.files.insert(plan.files.end(), language.support_files.begin(), language.support_files.end());
  EVALX_TRY_VOID(check_paths(language, plan.files));
  const Filling filling = fill(language, std::span(plan.files).first(given), options, limits);
  if (filling.sources.empty()) {
    return invalid("no file has a source ending of " + language.title + ": " +
                   join(language.endings, " "));
  }
  if (language.compile) {
    plan.compile = expand(language.compile->argv, filling);
    plan.compile_environment = with_locale(language.compile->environment);
  }
  plan.run = expand(language.run_argv, filling);
  plan.run_environment = with_locale(language.run_environment);
  plan.digest_input = digest_input(language, plan);
  return plan;
}

}  // namespace evalx::language
