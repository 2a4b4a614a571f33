#include "test_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "kernel/file.hpp"

namespace evalx::app {
namespace {

auto invalid(const std::string& text) {
  return fail(std::make_error_code(std::errc::invalid_argument), text);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the number at the start of `text`, without its leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

bool take_ending(std::string_view& name, std::string_view ending) {
  if (name.size() <= ending.size() || !name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  return true;
}

struct NaturalOrder {
  bool operator()(const std::string& a, const std::string& b) const { return comes_before(a, b); }
};
using ByName = std::map<std::string, TestFiles, NaturalOrder>;

Result<> check(const TestFiles& test, Answers answers) {
  if (test.input.empty()) return invalid(*test.answer + " has no " + test.name + ".in");
  if (!test.answer && answers == Answers::Needed) {
    return invalid(test.input + " has no " + test.name + ".out or " + test.name +
                   ".ans (--no-answers only runs the program)");
  }
  return {};
}

}  // namespace

bool comes_before(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view left = take_number(a);
      const std::string_view right = take_number(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      continue;
    }
    if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // "01" and "1" are different names: the order must be total.
}

Result<std::vector<TestFiles>> pair_test_files(const std::vector<std::string>& names,
                                               Answers answers) {
  ByName tests;
  for (const std::string& name : names) {
    std::string_view stem = name;
    const bool is_input = take_ending(stem, ".in");
    if (!is_input && !take_ending(stem, ".out") && !take_ending(stem, ".ans")) continue;
    TestFiles& test = tests[std::string(stem)];
    test.name = stem;
    if (is_input) {
      test.input = name;
    } else if (answers == Answers::Needed && test.answer) {
      return invalid(test.name + ".in has two answers: " + std::min(*test.answer, name) + " and " +
                     std::max(*test.answer, name));
    } else {
      test.answer = name;
    }
  }
  if (tests.empty()) return invalid("no *.in file");
  if (tests.size() > submission::kMaxTests)
    return invalid("more than " + std::to_string(submission::kMaxTests) + " tests");
  std::vector<TestFiles> list;
  for (auto& [name, test] : tests) {
    EVALX_TRY_VOID(check(test, answers));
    if (answers == Answers::Ignored) test.answer.reset();
    list.push_back(std::move(test));
  }
  return list;
}

Result<std::vector<NamedTest>> read_tests(const std::filesystem::path& folder, Answers answers) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory(error)) names.push_back(entry->path().filename());
  }
  if (error) return fail(error, "open", folder.string());
  auto pairs = pair_test_files(names, answers);
  if (!pairs) return fail(pairs.error().code, folder.string() + ":", pairs.error().what);
  std::vector<NamedTest> tests;
  Bytes total;
  for (const TestFiles& files : *pairs) {
    NamedTest& test = tests.emplace_back();
    test.name = files.name;
    EVALX_TRY(test.test.stdin_bytes, read_whole_file(folder / files.input, kMaxTestFile));
    total += Bytes{test.test.stdin_bytes.size()};
    if (files.answer) {
      EVALX_TRY(std::string answer, read_whole_file(folder / *files.answer, kMaxTestFile));
      total += Bytes{answer.size()};
      test.test.expected_output = std::move(answer);
    }
    if (total > kMaxTestFolder)
      return fail(std::make_error_code(std::errc::file_too_large), "read", folder.string());
  }
  return tests;
}

Result<std::string> read_whole_file(const std::filesystem::path& path, Bytes most) {
  EVALX_TRY(std::string text, kernel::read_file(AT_FDCWD, path.c_str(), most.count + 1));
  if (text.size() > most.count)
    return fail(std::make_error_code(std::errc::file_too_large), "read", path.string());
  return text;
}

}  // namespace evalx::app
