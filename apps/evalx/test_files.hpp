#pragma once
// TestFiles: finds the tests in a folder: pairs of an input file and an answer file.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "submission/submission.hpp"

namespace evalx::app {

/// The largest size of one file, and of all test files of a folder together.
inline constexpr Bytes kMaxTestFile = mebibytes(256);
inline constexpr Bytes kMaxTestFolder = mebibytes(2048);

struct TestFiles {
  std::string name;                   ///< "a1" of a1.in and a1.out.
  std::string input;                  ///< File names, without the folder.
  std::optional<std::string> answer;  ///< *.out or *.ans.
};

enum class Answers {
  Needed,   ///< An input without an answer is an error.
  Ignored,  ///< Programs are only run: any output is accepted.
};

/// Orders numbers by value ("2" before "10") and other characters by their bytes.
bool comes_before(std::string_view a, std::string_view b);

/// Pairs NAME.in with NAME.out or NAME.ans, ordered by comes_before(); ignores other files. Errors:
/// EINVAL with the name of a file that has no partner or two partners; EINVAL for no tests, or for
/// more than submission::kMaxTests.
Result<std::vector<TestFiles>> pair_test_files(const std::vector<std::string>& names,
                                               Answers answers);

struct NamedTest {
  std::string name;
  submission::Test test;
};

/// Reads the tests of a folder, without its subfolders. Errors: pair_test_files()'s; EFBIG and the
/// system's, with the name of the file or folder.
Result<std::vector<NamedTest>> read_tests(const std::filesystem::path& folder, Answers answers);

/// Reads a file or a pipe of at most `most`. Errors: EFBIG; EISDIR; the system's.
Result<std::string> read_whole_file(const std::filesystem::path& path, Bytes most);

}  // namespace evalx::app
