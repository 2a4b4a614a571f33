#include "language/detection.hpp"

#include <fcntl.h>

#include <filesystem>
#include <map>

#include "base/join.hpp"
#include "kernel/file.hpp"
#include "language/pattern.hpp"
#include "language/probe.hpp"

namespace evalx::language {
namespace {

/// Returns the first missing tool or path with what to install; empty if all are available.
std::string missing_tool(const Language& language) {
  std::error_code ignored;
  for (const std::vector<std::string>* needed : {&language.tools, &language.host_paths}) {
    for (const std::string& path : *needed) {
      if (std::filesystem::exists(path, ignored)) continue;
      std::string text = "needs " + path + ": install the Debian package";
      if (language.packages.size() > 1) text += "s";
      return text + " " + join(language.packages, " ");
    }
  }
  return {};
}

ProbeResult read_version_file(const std::string& path) {
  auto text = kernel::read_file(AT_FDCWD, path.c_str(), kMaxMatchedBytes);
  return text ? ProbeResult{*std::move(text), {}} : ProbeResult{{}, "cannot be read"};
}

void take_version(Language& language, const ProbeResult& found) {
  const VersionSource& source = language.version_source;
  const std::string subject = source.file.empty() ? join(source.argv, " ") : source.file;
  if (!found.problem.empty()) {
    language.missing = "its version is unknown: " + subject + ": " + found.problem;
    return;
  }
  const auto version = first_group(source.pattern, found.output);
  if (!version) {
    language.missing = "its version is unknown: " + subject + " has no text like " + source.pattern;
    return;
  }
  language.version = *version;
  language.name = name_with_version(language, *version);
}

}  // namespace

std::string name_with_version(const Language& language, std::string_view version) {
  const std::string& product = language.version_source.product;
  return language.title + " (" + product + (product.empty() ? "" : " ") + std::string(version) +
         ")";
}

void detect(std::vector<Language>& languages) {
  std::map<std::vector<std::string>, std::size_t> numbers;
  std::vector<std::vector<std::string>> commands;
  for (Language& language : languages) {
    language.version.clear();
    language.name = language.title;
    language.missing = missing_tool(language);
    const std::vector<std::string>& argv = language.version_source.argv;
    if (!language.available() || argv.empty()) continue;
    if (numbers.emplace(argv, commands.size()).second) commands.push_back(argv);
  }
  const std::vector<ProbeResult> answers = probe(commands);
  for (Language& language : languages) {
    if (!language.available()) continue;
    const VersionSource& source = language.version_source;
    take_version(language, source.file.empty() ? answers[numbers.at(source.argv)]
                                               : read_version_file(source.file));
  }
}

}  // namespace evalx::language
