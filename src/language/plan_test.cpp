#include "language/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "language/catalogue.hpp"

namespace evalx::language {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr ProgramLimits kLimits{mebibytes(256), mebibytes(256)};

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() : catalogue_(Catalogue::load_builtin().value()) {}

  Result<Plan> plan_for(std::string_view id, std::vector<ProgramFile> files,
                        std::vector<std::string> options = {}, ProgramLimits limits = kLimits) {
    return plan(*catalogue_.find(id), std::move(files), options, limits);
  }

  Catalogue catalogue_;
};

TEST_F(PlanTest, GivesANameToASingleSourceWithoutOne) {
  const Plan plan = plan_for("c", {{"", "int main(){}"}}).value();
  ASSERT_EQ(plan.files.size(), 1U);
  EXPECT_EQ(plan.files[0].path, "main.c");
  EXPECT_EQ(plan.files[0].content, "int main(){}");
  EXPECT_THAT(*plan.compile,
              ElementsAre("/usr/bin/gcc", "-std=c17", "-O2", "-o", "out/main", "main.c", "-lm"));
  EXPECT_THAT(plan.run, ElementsAre("./main"));
  EXPECT_THAT(plan.run_environment, Contains("LANG=C.UTF-8"));
}

TEST_F(PlanTest, CompilesEveryFileWithASourceEnding) {
  const Plan plan =
      plan_for("cpp", {{"a.hpp", ""}, {"main.cpp", ""}, {"lib/b.cc", ""}, {"data.txt", ""}},
               {"-O3", "-DX=7"})
          .value();
  EXPECT_EQ(plan.files.size(), 4U);
  EXPECT_THAT(*plan.compile, ElementsAre("/usr/bin/g++", "-std=c++17", "-O2", "-O3", "-DX=7", "-o",
                                         "out/main", "main.cpp", "lib/b.cc"));
}

TEST_F(PlanTest, UsesTheFirstSourceAsTheEntry) {
  const Plan python =
      plan_for("python", {{"notes.txt", ""}, {"app/start.py", ""}, {"other.py", ""}}).value();
  EXPECT_FALSE(python.compile);
  EXPECT_EQ(python.run.back(), "app/start.py");
  const Plan ocaml = plan_for("ocaml", {{"main.ml", ""}, {"a.ml", ""}}).value();
  EXPECT_EQ(ocaml.compile->back(), "main.ml")
      << "modules are linked before the program that uses them";
}

TEST_F(PlanTest, RefusesFilesWithoutASourceEnding) {
  EXPECT_THAT(plan_for("c", {{"main.cpp", ""}}).error().what,
              HasSubstr("no file has a source ending of C: .c"));
  EXPECT_THAT(plan_for("c", {}).error().what, HasSubstr("no source file"));
}

TEST_F(PlanTest, RefusesBadPaths) {
  EXPECT_THAT(plan_for("c", {{"../main.c", ""}}).error().what, HasSubstr("../main.c"));
  EXPECT_THAT(plan_for("c", {{"", ""}, {"main.c", ""}}).error().what, HasSubstr("is empty"));
  EXPECT_THAT(plan_for("c", {{"main.c", ""}, {"main.c", ""}}).error().what, HasSubstr("twice"));
  EXPECT_THAT(plan_for("c", {{"a.c", ""}, {"a.c/b.c", ""}}).error().what, HasSubstr("folder"));
  EXPECT_THAT(plan_for("c", {{"out", ""}, {"b.c", ""}}).error().what, HasSubstr("out"));
  EXPECT_THAT(plan_for("c", {{"out/b.c", ""}}).error().what, HasSubstr("out"));
  EXPECT_TRUE(plan_for("python", {{"out/b.py", ""}}));
}

TEST_F(PlanTest, AcceptsOnlyAllowedOptions) {
  for (const char* option : {"-O0", "-Ofast", "-std=c11", "-Wall", "-Wno-unused", "-Werror=format",
                             "-DNAME", "-DX=7", "-static", "-lm", "-pthread", "-Iinclude/a"}) {
    EXPECT_TRUE(plan_for("c", {{"", ""}}, {option})) << option;
  }
  for (const char* option : {"@file",
                             "-fplugin=./x.so",
                             "-specs=x",
                             "--specs=x",
                             "-wrapper",
                             "-B.",
                             "-I/etc",
                             "-I../x",
                             "-Ia/../../x",
                             "-o",
                             "-oout/x",
                             "-x",
                             "-xc++",
                             "-Wl,-rpath,x",
                             "-Wa,x",
                             "-Wp,x",
                             "-include",
                             "-imacros",
                             "-E",
                             "-S",
                             "-O2 -o",
                             "-DX=$(id)",
                             "main.c",
                             "",
                             "-",
                             "-O2\n",
                             "-fdump-tree-all",
                             "-save-temps",
                             "-L.",
                             "-lx",
                             "-MD"}) {
    for (const char* id : {"c", "cpp", "cpp20"}) {
      const auto refused = plan_for(id, {{"", ""}}, {"-O2", option});
      ASSERT_FALSE(refused) << id << " " << option;
      EXPECT_EQ(refused.error().code, std::errc::invalid_argument);
      EXPECT_THAT(refused.error().what, HasSubstr("\"" + std::string(option) + "\""));
    }
  }
  EXPECT_THAT(plan_for("python", {{"", ""}}, {"-O2"}).error().what, HasSubstr("no compile step"));
  EXPECT_FALSE(plan_for("c", {{"", ""}}, {"-D" + std::string(kMaxOptionBytes, 'X')}));
}

TEST_F(PlanTest, AcceptsNoOptionThatNamesTheOutputOrAFile) {
  for (const Language& language : catalogue_.list()) {
    for (const std::string option :
         {"-o", "-oout/x", "-out:x", "-d", "--outDir", "@x", "@out/x", "-Xplugin=x.jar",
          "-proc:only", "-processor", "-J-Xmx9g", "-toolexec=x", "-Clinker=x", "-pgmF", "-FD/tmp",
          "-plugin", "/etc/passwd"}) {
      EXPECT_FALSE(check_options(language, std::vector{option})) << language.id << " " << option;
    }
  }
}

TEST_F(PlanTest, NeverPassesASourceAsAnOption) {
  const Plan plan = plan_for("c", {{"-fplugin=x.c", ""}, {"@y.c", ""}}).value();
  EXPECT_THAT(*plan.compile, Contains("./-fplugin=x.c"));
  EXPECT_THAT(*plan.compile, Contains("./@y.c"));
}

TEST_F(PlanTest, NamesAJavaFileAfterItsPublicClass) {
  const std::string source =
      "package a; public class Solution { public static void main(String[] x) {} }";
  const Plan plan = plan_for("java", {{"", source}}).value();
  EXPECT_EQ(plan.files[0].path, "Solution.java");
  EXPECT_EQ(plan.compile->back(), "Solution.java");
  EXPECT_EQ(plan.run.back(), "a.Solution");
  const Plan hidden =
      plan_for("java", {{"", "class Hidden { public static void main(String[] x) {} }"}}).value();
  EXPECT_EQ(hidden.files[0].path, "Main.java");
  EXPECT_EQ(hidden.run.back(), "Hidden");
  const Plan named =
      plan_for("java", {{"src/App.java", source}, {"Main.java", "public class Main {}"}}).value();
  EXPECT_EQ(named.files[0].path, "src/App.java") << "a name the client gave is kept";
  EXPECT_EQ(named.run.back(), "a.Solution");
}

TEST_F(PlanTest, RunsTheClassOfAKotlinFile) {
  EXPECT_EQ(plan_for("kotlin", {{"", "package p\nfun main() {}"}}).value().run.back(), "p.MainKt");
}

TEST_F(PlanTest, PassesTheLimitsToRuntimes) {
  const Plan java =
      plan_for("java", {{"", "class A {}"}}, {}, {mebibytes(300), mebibytes(16)}).value();
  EXPECT_THAT(java.run, Contains("-Xmx300m"));
  EXPECT_THAT(java.run, Contains("-Xss16384k"));
  const Plan tight =
      plan_for("java", {{"", "class A {}"}}, {}, {mebibytes(4), kibibytes(64)}).value();
  EXPECT_THAT(tight.run, Contains("-Xss512k"));
  const Plan wide =
      plan_for("java", {{"", "class A {}"}}, {}, {mebibytes(2048), mebibytes(2048)}).value();
  EXPECT_THAT(wide.run, Contains("-Xss65536k"));
  const Plan node = plan_for("javascript", {{"", ""}}, {}, {mebibytes(300), mebibytes(16)}).value();
  EXPECT_THAT(node.run, Contains("--max-old-space-size=300"));
  EXPECT_THAT(node.run, Contains("--stack-size=15872")) << "less than the real stack";
}

TEST_F(PlanTest, RunsTheCompiledEntryOfTypeScript) {
  const Plan plan = plan_for("typescript", {{"src/app.ts", ""}}).value();
  EXPECT_EQ(plan.run.back(), "src/app.js");
  EXPECT_EQ(plan.files.back().path, ".types/node/index.d.ts");
  EXPECT_THAT(*plan.compile, Not(Contains(".types/node/index.d.ts")));
}

TEST_F(PlanTest, PutsAllInputsOfTheCompileStepIntoTheDigest) {
  const auto digest_of = [&](std::string_view id, std::vector<std::string> options,
                             ProgramLimits limits = kLimits) {
    return plan_for(id, {{"main.cpp", ""}}, std::move(options), limits).value().digest_input;
  };
  EXPECT_EQ(digest_of("cpp", {"-O1"}), digest_of("cpp", {"-O1"}, {mebibytes(16), mebibytes(1)}))
      << "an artifact serves any limits";
  EXPECT_NE(digest_of("cpp", {"-O1"}), digest_of("cpp", {"-O2"}));
  EXPECT_NE(digest_of("cpp", {"-DA", "-DB"}), digest_of("cpp", {"-DB", "-DA"}));
  EXPECT_NE(digest_of("cpp", {}), digest_of("cpp20", {}));
  Language other = *catalogue_.find("cpp");
  const std::string before = plan(other, {{"main.cpp", ""}}, {}, kLimits).value().digest_input;
  other.version = "99";
  EXPECT_NE(before, plan(other, {{"main.cpp", ""}}, {}, kLimits).value().digest_input);
}

}  // namespace
}  // namespace evalx::language
