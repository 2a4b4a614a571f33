// Compiles and runs the self-test of every language on this machine, with exactly the argv of the
// plan.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "kernel/file.hpp"
#include "language/builtin.hpp"
#include "language/catalogue.hpp"
#include "language/plan.hpp"

namespace evalx::language {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

struct Ended {
  int status = -1;
  std::string out;
  std::string err;
  std::chrono::milliseconds wall{};
};

/// Detected once for all tests of this process.
const Catalogue& detected() {
  static const Catalogue catalogue = [] {
    Catalogue found = Catalogue::load_builtin().value();
    found.detect();
    return found;
  }();
  return catalogue;
}

class MachineTest : public ::testing::Test {
 protected:
  MachineTest() {
    std::string name = ::testing::TempDir() + "self-test-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~MachineTest() override { fs::remove_all(folder_); }

  /// Runs a program as a box does: in `cwd`, with this environment and the variables of a box.
  Ended run(std::vector<std::string> argv, std::vector<std::string> environment,
            const fs::path& cwd, const std::string& input) {
    environment.insert(environment.end(),
                       {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp"});
    write_file(folder_ / "stdin", input);
    const std::string in = folder_ / "stdin", out = folder_ / "stdout", err = folder_ / "stderr";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, cwd.c_str());
    posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const auto pointers = [](std::vector<std::string>& strings) {
      std::vector<char*> list;
      for (std::string& one : strings) list.push_back(one.data());
      list.push_back(nullptr);
      return list;
    };
    const auto start = std::chrono::steady_clock::now();
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, argv[0].c_str(), &actions, nullptr, pointers(argv).data(),
                                    pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(error, 0) << argv[0];
    Ended ended;
    if (error == 0) ::waitpid(pid, &ended.status, 0);
    ended.wall = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    ended.out = kernel::read_file(AT_FDCWD, out.c_str()).value();
    ended.err = kernel::read_file(AT_FDCWD, err.c_str()).value();
    return ended;
  }

  Ended compile_and_run(const Language& language, std::vector<ProgramFile> files,
                        const std::string& input) {
    const auto planned = plan(language, std::move(files), {}, {mebibytes(256), mebibytes(8)});
    if (!planned) return {-1, "", planned.error().what, {}};
    fs::path box = folder_ / "box";
    for (const ProgramFile& file : planned->files) write_file(box / file.path, file.content);
    if (planned->compile) {
      fs::create_directory(box / kOutFolder);
      Ended compiled = run(*planned->compile, planned->compile_environment, box, "");
      EXPECT_EQ(compiled.out + compiled.err, "") << "a good program compiles without a message";
      if (compiled.status != 0) return compiled;
      std::cout << "compile " << compiled.wall.count() << " ms, ";
      // A new box contains only the files that the compiler put into out.
      fs::rename(box / kOutFolder, folder_ / "fresh");
      box = folder_ / "fresh";
    }
    return run(planned->run, planned->run_environment, box, input);
  }

  fs::path folder_;
};

class SelfTestRun : public MachineTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(SelfTestRun, PrintsTheExpectedOutput) {
  const Language& language = *detected().find(GetParam());
  if (!language.available()) GTEST_SKIP() << language.missing;
  std::cout << language.name << ": ";
  const Ended ended =
      compile_and_run(language, {{"", language.self_test.source}}, language.self_test.stdin_bytes);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, language.self_test.expected_output);
  EXPECT_EQ(ended.err, "");
  std::cout << "run " << ended.wall.count() << " ms\n";
}

struct Program {
  std::string language;
  std::vector<ProgramFile> files;
};

/// The name in lists of tests; without it gtest would print the bytes of the struct.
void PrintTo(const Program& program, std::ostream* out) {
  *out << program.language;
}

class SeveralFilesRun : public MachineTest, public ::testing::WithParamInterface<Program> {};

TEST_P(SeveralFilesRun, UseEachOther) {
  const Language& language = *detected().find(GetParam().language);
  if (!language.available()) GTEST_SKIP() << language.missing;
  const Ended ended = compile_and_run(language, GetParam().files, "");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "42\n") << ended.err;
}

INSTANTIATE_TEST_SUITE_P(
    Languages, SeveralFilesRun,
    ::testing::Values(
        Program{"c",
                {{"main.c",
                  "#include <stdio.h>\n#include \"lib/six.h\"\nint "
                  "main(void){printf(\"%d\\n\",six()*7);}"},
                 {"lib/six.h", "int six(void);"},
                 {"lib/six.c", "int six(void){return 6;}"}}},
        Program{"java",
                {{"app/Start.java",
                  "package app; import lib.*; public class Start { public static void "
                  "main(String[] a) { "
                  "System.out.println(Six.six() * 7); } }"},
                 {"lib/Six.java",
                  "package lib; public class Six { public static int six() { return 6; } }"}}},
        Program{"python",
                {{"start.py", "import lib.six\nprint(lib.six.six() * 7)"},
                 {"lib/six.py", "def six(): return 6"}}},
        Program{
            "go",
            {{"main.go", "package main\nimport \"fmt\"\nfunc main() { fmt.Println(six() * 7) }"},
             {"six.go", "package main\nfunc six() int { return 6 }"}}},
        Program{"rust",
                {{"main.rs", "mod six; fn main() { println!(\"{}\", six::six() * 7); }"},
                 {"six.rs", "pub fn six() -> i32 { 6 }"}}},
        Program{"ocaml",
                {{"main.ml", "let () = Printf.printf \"%d\\n\" (Six.six * 7)"},
                 {"six.ml", "let six = 6"}}},
        Program{"fortran",
                {{"main.f90", "program p\nuse six\nwrite (*, '(I0)') n * 7\nend program p"},
                 {"six.f90", "module six\ninteger :: n = 6\nend module six"}}},
        Program{"haskell",
                {{"Main.hs", "import Six\nmain = print (six * 7)"},
                 {"Six.hs", "module Six where\nsix = 6 :: Int"}}},
        Program{"pascal",
                {{"main.pas", "program p; uses six; begin WriteLn(n * 7); end."},
                 {"six.pas", "unit six; interface const n = 6; implementation end."}}},
        Program{"typescript",
                {{"main.ts", "import { six } from './lib/six';\nconsole.log(six() * 7);"},
                 {"lib/six.ts", "export function six(): number { return 6; }"}}},
        Program{"kotlin",
                {{"Main.kt", "package app\nfun main() { println(six() * 7) }"},
                 {"Six.kt", "package app\nfun six() = 6"}}}),
    [](const auto& test) { return test.param.language; });

std::vector<std::string> ids() {
  std::vector<std::string> ids;
  for (const EmbeddedFile& file : builtin_files())
    ids.emplace_back(file.name.substr(0, file.name.find('.')));
  return ids;
}

INSTANTIATE_TEST_SUITE_P(Languages, SelfTestRun, ::testing::ValuesIn(ids()),
                         [](const auto& test) { return test.param; });

TEST(Detection, TakesLessThanThreeSecondsForAllLanguages) {
  Catalogue catalogue = Catalogue::load_builtin().value();
  catalogue.detect();  // The first call may read the tools from disk.
  const auto start = std::chrono::steady_clock::now();
  catalogue.detect();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  std::cout << "detect: " << took.count() << " ms\n";
  EXPECT_LT(took.count(), 3000) << "with room for a busy machine";
}

}  // namespace
}  // namespace evalx::language
