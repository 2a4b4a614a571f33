#pragma once
// Placeholder: the words in braces of a language's argv, and what they become.
//
//   {sources}  {others}  {options}     elements of their own: every source, all but the entry, the
//                                      client's compiler options (compile only)
//   {entry}  {entry_stem}              the entry's path, and the same without its ending
//   {main_class}                       as the language's entry_rule finds it (run only)
//   {memory_mb}  {stack_kb}            the program's limits (run only: artifacts serve any limits)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

enum class Step { Compile, Run };

/// What is wrong with the placeholders of one argv element, or nullopt.
std::optional<std::string> placeholder_problem(std::string_view element, Step step);

/// Whether an argv has this placeholder, given with its braces.
bool mentions(const std::vector<std::string>& argv, std::string_view placeholder);

struct Filling {
  std::vector<std::string> sources;
  std::vector<std::string> others;
  std::vector<std::string> options;
  std::string entry;
  std::string entry_stem;
  std::string main_class;
  std::uint64_t memory_mb = 0;
  std::uint64_t stack_kb = 0;
};

/// Replaces every placeholder once; what comes from the filling is not looked at again.
/// Every element must have passed placeholder_problem().
std::vector<std::string> expand(const std::vector<std::string>& argv, const Filling& filling);

}  // namespace evalx::language
