#pragma once
// Test files: which files of a folder are a test's input and which its answer.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

/// Of one file, and of all files of a folder together.
inline constexpr Bytes kMaxTestFile = mebibytes(256);
inline constexpr Bytes kMaxTestFolder = mebibytes(2048);

struct TestFiles {
  std::string name;                   ///< "a1" of a1.in and a1.out.
  std::string input;                  ///< File names, without the folder.
  std::optional<std::string> answer;  ///< *.out or *.ans.
};

enum class Answers {
  Needed,   ///< An input without an answer is an error.
  Ignored,  ///< Programs are only run: any output is right.
};

/// "2" before "10", and letters as bytes.
bool comes_before(std::string_view a, std::string_view b);

/// Pairs NAME.in with NAME.out or NAME.ans, ordered by comes_before; other files are none of its
/// business. Errors: EINVAL naming the file that has no partner, or two of them; that there are
/// no tests, or more than kMaxTests.
Result<std::vector<TestFiles>> pair_test_files(const std::vector<std::string>& names,
                                               Answers answers);

struct NamedTest {
  std::string name;
  submission::Test test;
};

/// Errors: pair_test_files()'s; EFBIG, and the system's, naming the file.
Result<std::vector<NamedTest>> read_tests(const std::filesystem::path& folder, Answers answers);

/// A whole file of at most `most`, which may also be a pipe. Errors: EFBIG; EISDIR; the system's.
Result<std::string> read_whole_file(const std::filesystem::path& path, Bytes most);

}  // namespace evalx::app
