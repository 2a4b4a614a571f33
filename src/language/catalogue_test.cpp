#include "language/catalogue.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "kernel/file.hpp"
#include "language/builtin.hpp"

namespace evalx::language {
namespace {

using ::testing::HasSubstr;

/// A directory with language files, removed at the end of the test.
class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() {
    std::string name = ::testing::TempDir() + "catalogue-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~CatalogueTest() override { std::filesystem::remove_all(folder_); }

  /// Writes a small language. `keys`: more top-level keys, one on each line.
  void write(const std::string& id, const std::string& keys,
             const std::string& tool = "/usr/bin/env") {
    std::ofstream(folder_ / (id + ".toml"))
        << "id = \"" << id << "\"\ntitle = \"" << id << "\"\n"
        << keys << "\nsource_file = \"main.x\"\ntools = [\"" << tool
        << "\"]\npackages = [\"coreutils\", \"more\"]\n"
        << "[run]\nargv = [\"/usr/bin/cat\", \"{entry}\"]\n"
        << "[version]\ncommand = [\"/usr/bin/echo\", \"version 1.2 of " << id
        << "\"]\npattern = 'version ([0-9.]+)'\n"
        << "[self_test]\nsource = \"s\"\nstdin = \"i\"\nexpected_output = \"s\"\n";
  }
  std::string load_error() {
    const auto catalogue = Catalogue::load(folder_);
    return catalogue ? "no error" : catalogue.error().what;
  }

  std::filesystem::path folder_;
};

TEST_F(CatalogueTest, FindsALanguageByIdAndAliasInAnyCase) {
  write("one", "aliases = [\"uno\"]\nendings = [\".x\"]\njudge0_ids = [5, 6]");
  const Catalogue catalogue = Catalogue::load(folder_).value();
  ASSERT_EQ(catalogue.list().size(), 1U);
  const Language* one = &catalogue.list()[0];
  EXPECT_EQ(catalogue.find("one"), one);
  EXPECT_EQ(catalogue.find("ONE"), one);
  EXPECT_EQ(catalogue.find("Uno"), one);
  EXPECT_EQ(catalogue.find("two"), nullptr);
  EXPECT_EQ(catalogue.find(""), nullptr);
  EXPECT_EQ(catalogue.find_by_judge0_id(6), one);
  EXPECT_EQ(catalogue.find_by_judge0_id(7), nullptr);
  EXPECT_EQ(catalogue.find_by_file("folder.y/a.x"), one);
  EXPECT_EQ(catalogue.find_by_file("a.X"), one);
  EXPECT_EQ(catalogue.find_by_file("a.y"), nullptr);
  EXPECT_EQ(catalogue.find_by_file(".x"), nullptr);
  EXPECT_EQ(catalogue.find_by_file("x"), nullptr);
}

TEST_F(CatalogueTest, RefusesANameThatTwoLanguagesHave) {
  write("one", "aliases = [\"uno\"]\nendings = [\".x\"]\njudge0_ids = [5]");
  write("two", "aliases = [\"one\"]\nendings = [\".x\", \".y\"]\nclaims_endings = false");
  EXPECT_THAT(load_error(), HasSubstr("two.toml:3: aliases: \"one\" is already taken in"));
  EXPECT_THAT(load_error(), HasSubstr("one.toml:1"));
  write("two", "aliases = [\"uno\"]\nendings = [\".x\"]\nclaims_endings = false");
  EXPECT_THAT(load_error(), HasSubstr("two.toml:3: aliases: \"uno\" is already taken in"));
  write("two", "endings = [\".x\"]");
  EXPECT_THAT(load_error(), HasSubstr("two.toml:3: endings: \".x\" is already taken in"));
  write("two", "endings = [\".x\"]\nclaims_endings = false\njudge0_ids = [5]");
  EXPECT_THAT(load_error(), HasSubstr("two.toml:5: judge0_ids: \"5\" is already taken in"));
  write("two", "endings = [\".x\"]\nclaims_endings = false");
  EXPECT_EQ(load_error(), "no error");
}

TEST_F(CatalogueTest, ReportsTheFileWithAnError) {
  write("one", "endings = [\".x\"]\ncolour = 1");
  EXPECT_THAT(load_error(), HasSubstr("one.toml:4: colour: unknown key"));
}

TEST_F(CatalogueTest, RefusesADirectoryWithoutLanguages) {
  EXPECT_THAT(load_error(), HasSubstr("no *.toml in"));
  EXPECT_EQ(Catalogue::load(folder_ / "absent").error().code, std::errc::no_such_file_or_directory);
}

TEST_F(CatalogueTest, PrefersTheDirectoryToTheBuiltInLanguages) {
  write("lua", "endings = [\".x\"]");
  write("mine", "endings = [\".z\", \".x\"]\nclaims_endings = false");
  const Catalogue catalogue = Catalogue::load_builtin(folder_).value();
  EXPECT_EQ(catalogue.list().size(), builtin_files().size() + 1);
  EXPECT_EQ(catalogue.find("lua")->title, "lua");
  EXPECT_NE(catalogue.find("mine"), nullptr);
  EXPECT_NE(catalogue.find("cpp"), nullptr);
}

TEST_F(CatalogueTest, AddsTheDetectedVersionToTheName) {
  write("one", "endings = [\".x\"]");
  Catalogue catalogue = Catalogue::load(folder_).value();
  EXPECT_EQ(catalogue.find("one")->name, "one");
  catalogue.detect();
  EXPECT_TRUE(catalogue.find("one")->available());
  EXPECT_EQ(catalogue.find("one")->version, "1.2");
  EXPECT_EQ(catalogue.find("one")->name, "one (1.2)");
}

TEST_F(CatalogueTest, ReportsWhatToInstall) {
  write("one", "endings = [\".x\"]", "/usr/bin/no-such-tool");
  Catalogue catalogue = Catalogue::load(folder_).value();
  catalogue.detect();
  EXPECT_FALSE(catalogue.find("one")->available());
  EXPECT_EQ(catalogue.find("one")->missing,
            "needs /usr/bin/no-such-tool: install the Debian packages coreutils more");
  EXPECT_EQ(catalogue.find("one")->version, "");
  EXPECT_EQ(catalogue.find("one")->name, "one");
}

TEST_F(CatalogueTest, OffersOnlyLanguagesThatClaimTheProfile) {
  write("one", "endings = [\".x\"]");
  write("two", "endings = [\".x\"]\nclaims_endings = false", "/usr/bin/evalx-nowhere");
  Catalogue catalogue = Catalogue::load(folder_).value();
  catalogue.detect();
  catalogue.restrict_to(SeccompProfile::Contest);
  EXPECT_TRUE(catalogue.find("one")->available());
  catalogue.restrict_to(SeccompProfile::Strict);
  EXPECT_THAT(catalogue.find("one")->missing, HasSubstr("seccomp profile strict"));
  EXPECT_THAT(catalogue.find("two")->missing, HasSubstr("needs /usr/bin/evalx-nowhere"));
}

TEST_F(CatalogueTest, TreatsALanguageOfUnknownVersionAsUnavailable) {
  write("one", "endings = [\".x\"]");
  Definition definition;
  definition.language = Catalogue::load(folder_).value().list()[0];
  definition.language.version_source.argv = {"/usr/bin/false"};
  Catalogue failing = Catalogue::of({definition}).value();
  failing.detect();
  EXPECT_EQ(failing.list()[0].missing, "its version is unknown: /usr/bin/false: exit code 1");
  definition.language.version_source.argv = {"/usr/bin/echo", "none"};
  Catalogue silent = Catalogue::of({definition}).value();
  silent.detect();
  EXPECT_THAT(silent.list()[0].missing, HasSubstr("/usr/bin/echo none has no text like"));
}

TEST_F(CatalogueTest, ReadsAVersionFromAFile) {
  write("one", "endings = [\".x\"]");
  std::ofstream(folder_ / "release") << "version 4.5\n";
  Definition definition;
  definition.language = Catalogue::load(folder_).value().list()[0];
  definition.language.version_source.argv.clear();
  definition.language.version_source.file = folder_ / "release";
  Catalogue catalogue = Catalogue::of({definition}).value();
  catalogue.detect();
  EXPECT_EQ(catalogue.list()[0].version, "4.5");
}

TEST(BuiltinCatalogue, ContainsExactlyTheFilesInLanguages) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EVALX_SOURCE_DIR "/languages")) {
    files += entry.path().extension() == ".toml" ? 1 : 0;
  }
  EXPECT_EQ(builtin_files().size(), files);
  for (const EmbeddedFile& builtin : builtin_files()) {
    const std::string path = EVALX_SOURCE_DIR "/languages/" + std::string{builtin.name};
    EXPECT_EQ(builtin.text, kernel::read_file(AT_FDCWD, path.c_str()).value()) << builtin.name;
  }
}

TEST(BuiltinCatalogue, KnowsTheLanguageNumbersOfJudge0) {
  const auto catalogue = Catalogue::load_builtin();
  ASSERT_TRUE(catalogue) << catalogue.error().what;
  for (const auto& [number, id] : std::initializer_list<std::pair<int, const char*>>{
           {50, "c"},       {54, "cpp"},        {52, "cpp"},        {105, "cpp"},   {62, "java"},
           {71, "python"},  {63, "javascript"}, {74, "typescript"}, {60, "go"},     {73, "rust"},
           {72, "ruby"},    {85, "perl"},       {68, "php"},        {46, "bash"},   {64, "lua"},
           {67, "pascal"},  {61, "haskell"},    {51, "csharp"},     {78, "kotlin"}, {82, "sql"},
           {59, "fortran"}, {77, "cobol"},      {65, "ocaml"},      {80, "r"},      {43, "text"}}) {
    ASSERT_NE(catalogue->find_by_judge0_id(number), nullptr) << number;
    EXPECT_EQ(catalogue->find_by_judge0_id(number)->id, id);
  }
}

TEST(BuiltinCatalogue, KnowsCommonNamesAndEndings) {
  const Catalogue catalogue = Catalogue::load_builtin().value();
  for (const char* name :
       {"c++", "cpp17", "C++17", "c++20", "python3", "JS", "ts", "golang", "c#", "kt"}) {
    EXPECT_NE(catalogue.find(name), nullptr) << name;
  }
  EXPECT_EQ(catalogue.find_by_file("a.cpp")->id, "cpp");
  EXPECT_EQ(catalogue.find_by_file("a.C")->id, "cpp");
  EXPECT_EQ(catalogue.find_by_file("a.c")->id, "c");
}

}  // namespace
}  // namespace evalx::language
