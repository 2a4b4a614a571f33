#include "show/language_table.hpp"

#include <gtest/gtest.h>

namespace evalx::app {
namespace {

language::Language language_of(const char* id, const char* missing) {
  language::Language language;
  language.id = id;
  language.name = std::string(id) + " 1.2";
  language.version = "1.2";
  language.endings = {".a", ".b"};
  language.packages = {"tools"};
  language.missing = missing;
  return language;
}

TEST(LanguageTable, ShowsWhichLanguagesAreAvailable) {
  const language::Language cpp = language_of("cpp", "");
  const language::Language rust = language_of("rust", "install rustc");
  EXPECT_EQ(table_of({&cpp, &rust}, terminal::Paint::plain(), 80),
            "id    name      endings  missing\n"
            "cpp   cpp 1.2   .a .b\n"
            "rust  rust 1.2  .a .b    install rustc\n"
            "\n"
            "1 of 2 available\n");
}

TEST(LanguageTable, IsTheSameInJsonAsOverHttp) {
  const language::Language cpp = language_of("cpp", "");
  EXPECT_EQ(json_of({&cpp}),
            R"([{"id":"cpp","name":"cpp 1.2","version":"1.2","available":true,"missing":"",)"
            R"("compiled":false,"aliases":[],"endings":[".a",".b"],"packages":["tools"],)"
            R"("compiler_options":[]}])"
            "\n");
  const language::Language rust = language_of("rust", "install rustc");
  EXPECT_NE(json_of({&rust}).find(R"("available":false,"missing":"install rustc")"),
            std::string::npos);
}

}  // namespace
}  // namespace evalx::app
