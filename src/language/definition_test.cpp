#include "language/definition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace evalx::language {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr std::string_view kWhole = R"toml(id = "toy"
title = "Toy"
aliases = ["t"]
endings = [".toy"]
judge0_ids = [7, 8]
source_file = "main.toy"
entry_rule = "java"
shared_proc = true
claims_endings = false
tools = ["/usr/bin/toy", "/etc/toy/bin"]
packages = ["toy"]
host_paths = ["/etc/toy"]
support_files = [{ path = "lib/a", content = "x" }]
[compile]
argv = ["/usr/bin/toy", "{options}", "-o", "out/main", "{sources}"]
environment = ["A=1"]
profiles = ["standard"]
options = ["-O[0-3]"]
[run]
argv = ["./main", "{main_class}"]
environment = ["B=2"]
profiles = ["standard", "contest", "strict"]
[allowance]
memory_mb = 3
cpu_time_ms = 4
processes = 5
[stack]
least_kb = 6
most_kb = 7
reserve_kb = 8
[version]
command = ["/usr/bin/toy", "--version"]
pattern = "([0-9]+)"
product = "TOY"
[self_test]
source = "s"
stdin = "i"
expected_output = "o"
)toml";

/// The whole definition, with one part of its text replaced.
std::string with(std::string_view piece, std::string_view replacement) {
  std::string text(kWhole);
  const std::size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return text.replace(at, piece.size(), replacement);
}

std::string complaint(std::string_view piece, std::string_view replacement) {
  const auto result = parse_definition(with(piece, replacement), "dir/toy.toml");
  if (result) return "no complaint";
  EXPECT_EQ(result.error().code, std::errc::invalid_argument);
  return result.error().what;
}

TEST(Definition, ReadsEveryKey) {
  const auto definition = parse_definition(kWhole, "dir/toy.toml");
  ASSERT_TRUE(definition) << definition.error().what;
  const Language& toy = definition->language;
  EXPECT_EQ(toy.id, "toy");
  EXPECT_EQ(toy.title, "Toy");
  EXPECT_EQ(toy.name, "Toy");
  EXPECT_THAT(toy.aliases, ElementsAre("t"));
  EXPECT_THAT(toy.endings, ElementsAre(".toy"));
  EXPECT_THAT(toy.judge0_ids, ElementsAre(7, 8));
  EXPECT_EQ(toy.source_file, "main.toy");
  EXPECT_EQ(toy.entry_rule, "java");
  EXPECT_TRUE(toy.shared_proc);
  EXPECT_FALSE(toy.claims_endings);
  EXPECT_THAT(toy.tools, ElementsAre("/usr/bin/toy", "/etc/toy/bin"));
  EXPECT_THAT(toy.packages, ElementsAre("toy"));
  EXPECT_THAT(toy.host_paths, ElementsAre("/etc/toy"));
  ASSERT_EQ(toy.support_files.size(), 1U);
  EXPECT_EQ(toy.support_files[0].path, "lib/a");
  EXPECT_EQ(toy.support_files[0].content, "x");
  ASSERT_TRUE(toy.compile);
  EXPECT_THAT(toy.compile->argv,
              ElementsAre("/usr/bin/toy", "{options}", "-o", "out/main", "{sources}"));
  EXPECT_THAT(toy.compile->environment, ElementsAre("A=1"));
  EXPECT_THAT(toy.compile->options, ElementsAre("-O[0-3]"));
  EXPECT_EQ(toy.compile->narrowest_profile, SeccompProfile::Standard);
  EXPECT_EQ(toy.narrowest_profile, SeccompProfile::Strict);
  EXPECT_THAT(toy.run_argv, ElementsAre("./main", "{main_class}"));
  EXPECT_THAT(toy.run_environment, ElementsAre("B=2"));
  EXPECT_EQ(toy.allowance.memory, mebibytes(3));
  EXPECT_EQ(toy.allowance.cpu_time, Milliseconds{4});
  EXPECT_EQ(toy.allowance.processes, 5U);
  EXPECT_EQ(toy.stack.least, kibibytes(6));
  EXPECT_EQ(toy.stack.most, kibibytes(7));
  EXPECT_EQ(toy.stack.reserve, kibibytes(8));
  EXPECT_THAT(toy.version_source.argv, ElementsAre("/usr/bin/toy", "--version"));
  EXPECT_EQ(toy.version_source.pattern, "([0-9]+)");
  EXPECT_EQ(toy.version_source.product, "TOY");
  EXPECT_EQ(toy.self_test.source, "s");
  EXPECT_EQ(toy.self_test.stdin_bytes, "i");
  EXPECT_EQ(toy.self_test.expected_output, "o");
  EXPECT_TRUE(toy.available());
}

TEST(Definition, ReportsFileLineAndKey) {
  EXPECT_EQ(complaint("title = \"Toy\"", "title = 3"), "dir/toy.toml:2: title: must be a string");
  EXPECT_EQ(complaint("memory_mb = 3", "memory_mb = \"3\""),
            "dir/toy.toml:24: allowance.memory_mb: must be an integer");
  EXPECT_EQ(complaint("cpu_time_ms = 4", "cpu_time_s = 4"),
            "dir/toy.toml:25: allowance.cpu_time_s: unknown key");
}

TEST(Definition, ReportsAllErrorsInTheOrderOfTheFile) {
  std::string text = with("title = \"Toy\"", "title = 3");
  const std::size_t at = text.find("memory_mb = 3");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 13, "memory_mb = -1");
  const std::size_t tools = text.find("tools =");
  ASSERT_NE(tools, std::string::npos);
  text.replace(tools, 7, "instruments =");
  EXPECT_THAT(parse_definition(text, "toy.toml").error().what,
              MatchesRegex("toy.toml:1: tools: missing key\n"
                           "toy.toml:2: title: must be a string\n"
                           "toy.toml:[0-9]+: instruments: unknown key\n"
                           "toy.toml:24: allowance.memory_mb: must be from 0 to [0-9]+"));
}

TEST(Definition, ReportsABoundedNumberOfErrors) {
  std::string keys;
  for (int i = 0; i < 100; ++i) keys += "a" + std::to_string(i) + " = 1\n";
  const std::string what = complaint("title =", keys + "title =");
  EXPECT_EQ(std::count(what.begin(), what.end(), '\n'), 20);
  EXPECT_THAT(what, EndsWith("dir/toy.toml: and 80 more errors"));
}

TEST(Definition, RefusesInvalidToml) {
  EXPECT_THAT(complaint("title = \"Toy\"", "title = "), StartsWith("dir/toy.toml:2: "));
  EXPECT_THAT(complaint("title = \"Toy\"", "id = \"again\""), StartsWith("dir/toy.toml:2: "));
  EXPECT_THAT(complaint("title = \"Toy\"", "title = \"\xff\""), StartsWith("dir/toy.toml:2: "));
  EXPECT_THAT(
      complaint("title = \"Toy\"", "title = \"" + std::string(kMaxDefinitionBytes, 'x') + "\""),
      HasSubstr("larger than"));
}

TEST(Definition, RefusesUnknownKeysInEveryTable) {
  EXPECT_THAT(complaint("title =", "colour = 1\ntitle ="), EndsWith(": colour: unknown key"));
  for (const std::string table : {"compile", "run", "allowance", "stack", "version", "self_test"}) {
    EXPECT_THAT(complaint("[" + table + "]", "[" + table + "]\ncolour = 1"),
                EndsWith(": " + table + ".colour: unknown key"));
  }
  EXPECT_THAT(complaint("content = \"x\"", "content = \"x\", mode = 1"),
              EndsWith(": support_files.mode: unknown key"));
}

TEST(Definition, RefusesMissingKeys) {
  for (const std::string line :
       {"title = \"Toy\"", "endings = [\".toy\"]", "source_file = \"main.toy\"",
        "packages = [\"toy\"]", "source = \"s\"", "stdin = \"i\"", "expected_output = \"o\"",
        "pattern = \"([0-9]+)\""}) {
    const std::string key = line.substr(0, line.find(' '));
    EXPECT_THAT(complaint(line, ""), EndsWith(key + ": missing key"));
  }
  EXPECT_THAT(complaint("id = \"toy\"", ""), HasSubstr("dir/toy.toml:1: id: missing key"));
  EXPECT_THAT(complaint("[self_test]", "[self_tests]"), HasSubstr("self_test"));
}

TEST(Definition, RefusesWrongTypes) {
  EXPECT_THAT(complaint("[\"t\"]", "\"t\""), EndsWith("aliases: must be an array of strings"));
  EXPECT_THAT(complaint("[\"t\"]", "[1]"), EndsWith("aliases: must contain only strings"));
  EXPECT_THAT(complaint("[\"t\"]", "[\"\"]"),
              HasSubstr("aliases: must not contain an empty string"));
  EXPECT_THAT(complaint("[7, 8]", "[0]"),
              EndsWith("judge0_ids: must contain only positive integers"));
  EXPECT_THAT(complaint("[7, 8]", "7"), EndsWith("judge0_ids: must be an array of integers"));
  EXPECT_THAT(complaint("shared_proc = true", "shared_proc = 1"),
              EndsWith("shared_proc: must be true or false"));
  EXPECT_THAT(complaint("processes = 5", "processes = -1"),
              HasSubstr("processes: must be from 0 to"));
  EXPECT_THAT(complaint("[{ path = \"lib/a\", content = \"x\" }]", "[1]"),
              HasSubstr("support_files: must be an array of tables"));
  EXPECT_THAT(complaint("[\".toy\"]", "[]"), EndsWith("endings: must not be empty"));
}

TEST(Definition, RefusesBadNames) {
  EXPECT_THAT(complaint("id = \"toy\"", "id = \"other\""), EndsWith("id: must be the file's name"));
  EXPECT_THAT(complaint("id = \"toy\"", "id = \"Toy\""), HasSubstr("id: \"Toy\" must be of"));
  EXPECT_THAT(complaint("[\"t\"]", "[\"T!\"]"), HasSubstr("aliases: \"T!\" must be of"));
  EXPECT_THAT(complaint("[\".toy\"]", "[\"toy\"]"), HasSubstr("endings: \"toy\" must be like"));
  EXPECT_THAT(complaint("\"main.toy\"", "\"main.c\""),
              EndsWith("source_file: has none of the endings"));
  EXPECT_THAT(complaint("\"main.toy\"", "\"a/main.toy\""), HasSubstr("source_file"));
  EXPECT_THAT(complaint("entry_rule = \"java\"", "entry_rule = \"scala\""),
              HasSubstr("entry_rule: \"scala\" is not an entry rule"));
  EXPECT_THAT(complaint("packages = [\"toy\"]", "packages = [\"--toy\"]"),
              HasSubstr("packages: \"--toy\""));
  EXPECT_THAT(complaint("\"lib/a\"", "\"../a\""), HasSubstr("support_files.path"));
}

TEST(Definition, RefusesBadCommands) {
  EXPECT_THAT(complaint("\"out/main\"", "\"{colour}\""),
              HasSubstr("compile.argv: unknown placeholder {colour}"));
  EXPECT_THAT(complaint("\"out/main\"", "\"{stack_kb}\""),
              HasSubstr("compile.argv: {stack_kb} is not available"));
  EXPECT_THAT(complaint("\"./main\"", "\"./main\", \"{options}\""),
              HasSubstr("run.argv: {options} is not available"));
  EXPECT_THAT(complaint("\"./main\"", "\"main\""), HasSubstr("run.argv: must begin with"));
  EXPECT_THAT(complaint("\"{sources}\"", "\"x\""), HasSubstr("compile.argv: has neither"));
  EXPECT_THAT(complaint("\"{options}\", ", ""),
              HasSubstr("compile.options: argv has no {options}"));
  EXPECT_THAT(complaint("-O[0-3]", "-O[0-3"),
              HasSubstr("compile.options: \"-O[0-3\" is not a regular expression"));
  EXPECT_THAT(complaint("[\"A=1\"]", "[\"A\"]"),
              HasSubstr("compile.environment: \"A\" must be NAME=value"));
  EXPECT_THAT(complaint(", \"{main_class}\"", ""), HasSubstr("need each other"));
  EXPECT_THAT(complaint("entry_rule = \"java\"", ""), HasSubstr("need each other"));
  EXPECT_THAT(complaint("most_kb = 7", "most_kb = 5"), HasSubstr("stack.most_kb: is less than"));
}

TEST(Definition, ClaimsStandardAndContestByDefault) {
  const auto definition = parse_definition(
      with("profiles = [\"standard\", \"contest\", \"strict\"]\n", ""), "toy.toml");
  ASSERT_TRUE(definition) << definition.error().what;
  EXPECT_EQ(definition->language.narrowest_profile, SeccompProfile::Contest);
}

TEST(Definition, RefusesUnknownAndSkippedProfiles) {
  for (const char* names :
       {"[\"contest\"]", "[\"standard\", \"strict\"]", "[\"standard\", \"wide\"]"})
    EXPECT_THAT(complaint("[\"standard\", \"contest\", \"strict\"]", names),
                HasSubstr("run.profiles: must list standard, contest, strict, in this order"));
  EXPECT_THAT(complaint("[\"standard\"]", "[\"standard\", \"contest\", \"strict\"]"),
              EndsWith("compile.profiles: strict is not possible for compilers"));
}

TEST(Definition, NeedsTheEntryInTheRunStepWithoutACompileStep) {
  std::string text = with("[compile]", "[compile]");
  const std::size_t from = text.find("[compile]");
  text.erase(from, text.find("[run]") - from);
  EXPECT_THAT(parse_definition(text, "toy.toml").error().what,
              HasSubstr("run.argv: has no {entry}"));
}

TEST(Definition, RefusesBadVersions) {
  EXPECT_THAT(complaint("\"([0-9]+)\"", "\"[0-9]+\""), HasSubstr("version.pattern: has no group"));
  EXPECT_THAT(complaint("\"([0-9]+)\"", "\"([0-9]+\""),
              HasSubstr("version.pattern: is not a regular expression"));
  EXPECT_THAT(complaint("product =", "file = \"/usr/x\"\nproduct ="),
              HasSubstr("exactly one of command and file"));
  EXPECT_THAT(complaint("[\"/usr/bin/toy\", \"--version\"]", "[\"toy\"]"),
              HasSubstr("version.command: must begin with"));
  EXPECT_THAT(complaint("command = [\"/usr/bin/toy\", \"--version\"]", "file = \"x\""),
              HasSubstr("version.file: must be an absolute path"));
}

TEST(Definition, RefusesToolsThatAreNotVisibleInABox) {
  EXPECT_THAT(complaint("\"/usr/bin/toy\", \"/etc/toy/bin\"", "\"/opt/toy\""),
              HasSubstr("tools: \"/opt/toy\" is not visible in a box"));
  EXPECT_THAT(complaint("\"/usr/bin/toy\", \"/etc/toy/bin\"", "\"/etc/toys\""),
              HasSubstr("not visible"));
}

TEST(Definition, RefusesHostPathsThatShowTooMuch) {
  for (const char* path : {"/", "/etc", "/etc/", "etc/toy", "/etc/../root", "/etc/./toy",
                           "/etc//toy", "/proc/1", "/usr/x", "/sys/kernel", "/box/x"}) {
    EXPECT_THAT(
        complaint("host_paths = [\"/etc/toy\"]", "host_paths = [\"" + std::string(path) + "\"]"),
        HasSubstr("host_paths"))
        << path;
  }
}

}  // namespace
}  // namespace evalx::language
