#pragma once
// Placeholder: the words in braces in a language's argv, and their values.
//
//   {sources}  {others}  {options}     several elements: every source, all sources but the entry,
//                                      the client's compiler options (compile only)
//   {entry}  {entry_stem}              the path of the entry, and the same without its ending
//   {main_class}                       found by the language's entry_rule (run only)
//   {memory_mb}  {stack_kb}            the program's limits (run only: a compiled program is used
//                                      with any limits)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evalx::language {

enum class Step { Compile, Run };

/// Returns the problem of the placeholders in one argv element; nullopt if they are good.
std::optional<std::string> placeholder_problem(std::string_view element, Step step);

/// Whether an argv contains this placeholder. `placeholder`: with its braces.
bool mentions(const std::vector<std::string>& argv, std::string_view placeholder);

/// The values of the placeholders.
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

/// Replaces every placeholder once; placeholders in the inserted text are not replaced. No element
/// may have a placeholder_problem().
std::vector<std::string> expand(const std::vector<std::string>& argv, const Filling& filling);

}  // namespace evalx::language
