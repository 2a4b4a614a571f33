#include "submission/decode.hpp"

#include <gtest/gtest.h>

#include "base/strict_json.hpp"
#include "submission/json_reader.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {
namespace {

/// A whole document around one changed part.
std::string with(std::string_view part) {
  return R"({"language":"cpp","source":"x","tests":[{}],)" + std::string{part} + "}";
}
std::string with_files(std::string_view files) {
  return R"({"language":"cpp","tests":[{}],"files":)" + std::string{files} + "}";
}
std::string with_path(std::string_view path) {
  return with_files(R"([{"path":")" + std::string{path} + R"(","content":"x"}])");
}
std::string with_limits(std::string_view limits) {
  return with(R"("limits":{)" + std::string{limits} + "}");
}
std::string with_tests(std::string_view tests) {
  return R"({"language":"cpp","source":"x","tests":)" + std::string{tests} + "}";
}

tl::expected<Submission, FieldErrors> decode(std::string_view json, const LimitBounds& bounds) {
  auto document = parse_strict(json);
  if (!document) return tl::make_unexpected(parse_fault(std::move(document.error())));
  return decode_document(std::move(*document), bounds);
}

/// "field: message" of the first fault, "" if there is none.
std::string fault(std::string_view json) {
  const auto decoded = decode(json, {});
  if (decoded) return "";
  return decoded.error().front().field + ": " + decoded.error().front().message;
}

TEST(Decode, ReadsEveryField) {
  const auto decoded = decode(R"({
    "language": "cpp", "files": [{"path": "a/main.cpp", "content": "int"},
                                 {"path": "a/b.h", "content_base64": "/w=="}],
    "tests": [{"stdin": "1 2\n", "expected_output": "3\n", "args": ["-x", ""]},
              {"stdin_base64": "AP8=", "expected_output_base64": "", "args_base64": ["/w=="]},
              {"expected_output": null}],
    "limits": {"cpu_time_ms": 1500.5, "wall_time_ms": 7000, "memory_kb": 65536, "stack_kb": 1024,
               "output_kb": 10, "file_size_kb": 20, "processes": 3, "open_files": 9},
    "compare": {"mode": "float", "absolute": 0.5, "relative": 0},
    "policy": "first_failure", "atomic": true, "compiler_options": ["-O1"],
    "expires_after_ms": 90000})",
                              {});
  ASSERT_TRUE(decoded) << decoded.error().front().field;
  EXPECT_EQ(decoded->language, "cpp");
  ASSERT_EQ(decoded->files.size(), 2U);
  EXPECT_EQ(decoded->files[0].path, "a/main.cpp");
  EXPECT_EQ(decoded->files[0].content, "int");
  EXPECT_EQ(decoded->files[1].content, "\xFF");
  ASSERT_EQ(decoded->tests.size(), 3U);
  EXPECT_EQ(decoded->tests[0].stdin_bytes, "1 2\n");
  EXPECT_EQ(decoded->tests[0].expected_output, "3\n");
  EXPECT_EQ(decoded->tests[0].args, (std::vector<std::string>{"-x", ""}));
  EXPECT_EQ(decoded->tests[1].stdin_bytes, (std::string{"\0\xFF", 2}));
  EXPECT_EQ(decoded->tests[1].expected_output, "");
  EXPECT_EQ(decoded->tests[1].args, std::vector<std::string>{"\xFF"});
  EXPECT_EQ(decoded->tests[2].expected_output, std::nullopt);
  EXPECT_EQ(decoded->limits, (Limits{.cpu_time = Microseconds{1500500},
                                     .wall_time = Microseconds{7000000},
                                     .memory = mebibytes(64),
                                     .stack = mebibytes(1),
                                     .output = kibibytes(10),
                                     .file_size = kibibytes(20),
                                     .processes = 3,
                                     .open_files = 9}));
  EXPECT_EQ(decoded->compare.mode, Compare::Mode::Float);
  EXPECT_EQ(decoded->compare.absolute, 0.5);
  EXPECT_EQ(decoded->compare.relative, 0);
  EXPECT_EQ(decoded->policy, Policy::FirstFailure);
  EXPECT_TRUE(decoded->atomic);
  EXPECT_EQ(decoded->compiler_options, std::vector<std::string>{"-O1"});
  EXPECT_EQ(decoded->expires_after, Milliseconds{90'000});
}

TEST(Decode, FillsMissingFieldsWithTheDefaults) {
  const auto decoded = decode(with(R"("limits":{"stack_kb":null})"), {});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->limits, Limits{});
  EXPECT_EQ(decoded->files.front().path, "");
  EXPECT_EQ(decoded->files.front().content, "x");
  EXPECT_EQ(decoded->tests.front().expected_output, std::nullopt);
  EXPECT_EQ(decoded->compare.mode, Compare::Mode::TrailingWhitespace);
  EXPECT_EQ(decoded->policy, Policy::All);
  EXPECT_FALSE(decoded->atomic);
  EXPECT_EQ(decoded->expires_after, std::nullopt);
}

TEST(Decode, MovesDefaultsInsideTheBoundsAndDerivesTheWallLimitFromTheCpuLimit) {
  LimitBounds narrow;
  narrow.most.memory = mebibytes(64);
  EXPECT_EQ(decode(with(R"("policy":"all")"), narrow)->limits.memory, mebibytes(64));
  EXPECT_EQ(decode(with_limits(R"("cpu_time_ms":10000)"), {})->limits.wall_time,
            Microseconds{30'000'000});
  EXPECT_EQ(decode(with_limits(R"("cpu_time_ms":100)"), {})->limits.wall_time,
            Microseconds{6'000'000});
}

TEST(Decode, NamesUnknownAndDoubledFields) {
  EXPECT_EQ(fault(with(R"("soruce":1)")), "soruce: is not a known field");
  EXPECT_EQ(fault(with_limits(R"("cpu_time":1)")), "limits.cpu_time: is not a known field");
  EXPECT_EQ(fault(with_tests(R"([{},{"limits":{}}])")), "tests[1].limits: is not a known field");
  EXPECT_EQ(fault(with(R"("language":"c")")), "language: this key is given twice");
}

TEST(Decode, ShortensAHostileKeyInTheComplaint) {
  const std::string field = "\"" + std::string(100000, 'k') + "\":1";
  EXPECT_LT(fault(with(field)).size(), 200U);
  EXPECT_LT(fault(with(field + "," + field)).size(), 300U);
}

TEST(Decode, NamesWrongTypes) {
  EXPECT_EQ(fault("[]"), ": must be an object");
  EXPECT_EQ(fault(R"({"language":7,"source":"x","tests":[{}]})"), "language: must be a string");
  EXPECT_EQ(fault(R"({"language":"c","source":null,"tests":[{}]})"), "source: must be a string");
  EXPECT_EQ(fault(R"({"language":"c","source":"x","tests":{}})"), "tests: must be an array");
  EXPECT_EQ(fault(with_tests("[[]]")), "tests[0]: must be an object");
  EXPECT_EQ(fault(with_tests(R"([{"stdin":1}])")), "tests[0].stdin: must be a string");
  EXPECT_EQ(fault(with_tests(R"([{"args":"a"}])")), "tests[0].args: must be an array");
  EXPECT_EQ(fault(with_tests(R"([{"args":[1]}])")), "tests[0].args[0]: must be a string");
  EXPECT_EQ(fault(with_limits(R"("processes":"9")")), "limits.processes: must be a whole number");
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":true)")), "limits.cpu_time_ms: must be a number");
  EXPECT_EQ(fault(with(R"("limits":null)")), "limits: must be an object");
  EXPECT_EQ(fault(with(R"("compare":"exact")")), "compare: must be an object");
  EXPECT_EQ(fault(with(R"("compiler_options":[{}])")), "compiler_options[0]: must be a string");
}

TEST(Decode, RefusesAFieldTogetherWithItsBase64Twin) {
  EXPECT_EQ(fault(with(R"("source_base64":"eA==")")),
            "source: is given twice: as it is, and as source_base64");
  EXPECT_EQ(fault(with_tests(R"([{"stdin":"","stdin_base64":""}])")),
            "tests[0].stdin: is given twice: as it is, and as stdin_base64");
  EXPECT_EQ(fault(with_tests(R"([{"expected_output":null,"expected_output_base64":""}])")),
            "tests[0].expected_output: is given twice: as it is, and as expected_output_base64");
  EXPECT_EQ(fault(with_tests(R"([{"args":[],"args_base64":[]}])")),
            "tests[0].args: is given twice: as it is, and as args_base64");
  EXPECT_EQ(fault(with(R"("files":[])")), "files: must not be given together with source");
}

TEST(Decode, RefusesBadBase64AndBadUtf8) {
  EXPECT_EQ(fault(with_tests(R"([{"stdin_base64":"a"}])")),
            "tests[0].stdin_base64: must be padded base64 without line breaks");
  EXPECT_EQ(fault(with_tests(R"([{"args_base64":["YQ==","?"]}])")),
            "tests[0].args_base64[1]: must be padded base64 without line breaks");
  EXPECT_NE(fault(with_tests("[{\"stdin\":\"\xC0\xAF\"}]")), "");
}

TEST(Decode, NamesTheBoundOfALimitAndNeverClamps) {
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":60000.001)")),
            "limits.cpu_time_ms: must be between 1 and 60000");
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":0.999)")),
            "limits.cpu_time_ms: must be between 1 and 60000");
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":-1)")),
            "limits.cpu_time_ms: must be between 1 and 60000");
  EXPECT_EQ(fault(with_limits(R"("memory_kb":4095)")),
            "limits.memory_kb: must be between 4096 and 2097152");
  EXPECT_EQ(fault(with_limits(R"("memory_kb":18446744073709551615)")),
            "limits.memory_kb: must be between 4096 and 2097152");
  EXPECT_EQ(fault(with_limits(R"("memory_kb":1e300)")),
            "limits.memory_kb: must be between 4096 and 2097152");
  EXPECT_EQ(fault(with_limits(R"("processes":4294967297)")),
            "limits.processes: must be between 1 and 512");
  EXPECT_EQ(fault(with_limits(R"("processes":0)")), "limits.processes: must be between 1 and 512");
  EXPECT_EQ(fault(with_limits(R"("processes":1.5)")), "limits.processes: must be a whole number");
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":1.0005)")),
            "limits.cpu_time_ms: must have at most three decimals");
  EXPECT_EQ(fault(with_limits(R"("cpu_time_ms":60000,"wall_time_ms":1,"processes":5.12e2)")), "");
}

TEST(Decode, RefusesAnEmptyOrMissingProgram) {
  EXPECT_EQ(fault(R"({"language":"c","tests":[{}]})"),
            "source: is required, or source_base64, or files");
  EXPECT_EQ(fault(R"({"language":"c","source":"","tests":[{}]})"), "source: must not be empty");
  EXPECT_EQ(fault(R"({"language":"c","source_base64":"","tests":[{}]})"),
            "source: must not be empty");
  EXPECT_EQ(fault(with_files("[]")), "files: must hold at least one file");
  EXPECT_EQ(fault(with_files(R"([{"path":"a"}])")),
            "files[0].content: is required, or content_base64");
  EXPECT_EQ(fault(with_files(R"([{"content":"a"}])")), "files[0].path: is required");
  EXPECT_EQ(fault(with_files(R"([{"path":"a","content":""}])")),
            "files[0].content: must not be empty");
  EXPECT_EQ(fault(with_files(R"([{"path":"a","content":"x"},{"path":"b","content":""}])")), "");
}

TEST(Decode, RefusesPathsThatEscapeOrTrick) {
  EXPECT_EQ(fault(with_path("../a")), "files[0].path: must not have a part \".\" or \"..\"");
  EXPECT_EQ(fault(with_path("a/..")), "files[0].path: must not have a part \".\" or \"..\"");
  EXPECT_EQ(fault(with_path("./a")), "files[0].path: must not have a part \".\" or \"..\"");
  EXPECT_EQ(fault(with_path("/etc/passwd")), "files[0].path: must be relative");
  EXPECT_EQ(fault(with_path("")), "files[0].path: must not be empty");
  EXPECT_EQ(fault(with_path("a//b")), "files[0].path: must not have an empty part");
  EXPECT_EQ(fault(with_path("a/")), "files[0].path: must not have an empty part");
  EXPECT_EQ(fault(with_path("a\\\\b")), "files[0].path: must not hold a backslash");
  EXPECT_EQ(fault(with_path("a\\u0000")), "files[0].path: must not hold control characters");
  EXPECT_EQ(fault(with_path("a\\n")), "files[0].path: must not hold control characters");
  EXPECT_EQ(fault(with_path("-o")), "files[0].path: must not start with \"-\"");
  EXPECT_EQ(fault(with_path(std::string(256, 'a'))), "files[0].path: must have at most 255 bytes");
  EXPECT_EQ(fault(with_path(std::string(255, 'a'))), "");
  EXPECT_EQ(fault(with_path("..a/.b/ü")), "");
}

TEST(Decode, RefusesPathsThatCollide) {
  EXPECT_EQ(fault(with_files(R"([{"path":"a","content":"x"},{"path":"a","content":"y"}])")),
            "files[1].path: is the same as files[0].path");
  EXPECT_EQ(fault(with_files(R"([{"path":"a/b/c","content":"x"},{"path":"a/b","content":"y"}])")),
            "files[0].path: lies below files[1].path, which is a file");
  EXPECT_EQ(fault(with_files(R"([{"path":"a","content":"x"},{"path":"a.h","content":"y"}])")), "");
}

TEST(Decode, RefusesArgumentsThatAnArgvCannotHold) {
  EXPECT_EQ(fault(with_tests(R"([{"args":["a\u0000b"]}])")),
            "tests[0].args[0]: contains a NUL byte, where an argument would end: remove it");
  EXPECT_EQ(fault(with_tests(R"([{"args_base64":["AA=="]}])")),
            "tests[0].args_base64[0]: contains a NUL byte, where an argument would end: remove it");
  EXPECT_EQ(fault(with(R"("compiler_options":["\u0000"])")),
            "compiler_options[0]: contains a NUL byte, where an argument would end: remove it");
  EXPECT_EQ(fault(with_tests(R"([{"args":[")" + std::string(4097, 'a') + R"("]}])")),
            "tests[0].args[0]: must have at most 4096 bytes");
}

std::string repeated(std::string_view element, std::size_t count) {
  std::string array = "[";
  for (std::size_t i = 0; i < count; ++i) array.append(i == 0 ? "" : ",").append(element);
  return array + "]";
}

TEST(Decode, BoundsEveryArray) {
  EXPECT_EQ(fault(with_tests("[]")), "tests: must hold at least one test");
  EXPECT_EQ(fault(R"({"language":"c","source":"x"})"), "tests: is required");
  EXPECT_EQ(fault(with_tests(repeated("{}", kMaxTests))), "");
  EXPECT_EQ(fault(with_tests(repeated("{}", kMaxTests + 1))),
            "tests: must have at most 10000 elements");
  EXPECT_EQ(fault(with_files(repeated(R"({"path":"a","content":"x"})", kMaxFiles + 1))),
            "files: must have at most 256 elements");
  EXPECT_EQ(fault(with_tests(R"([{"args":)" + repeated("\"\"", kMaxArgs + 1) + "}]")),
            "tests[0].args: must have at most 128 elements");
  EXPECT_EQ(fault(with(R"("compiler_options":)" + repeated("\"\"", kMaxCompilerOptions + 1))),
            "compiler_options: must have at most 32 elements");
}

TEST(Decode, RefusesInvalidTolerancesAndWords) {
  EXPECT_EQ(fault(with(R"("compare":{"absolute":-1})")),
            "compare.absolute: must be between 0 and 1e+100");
  EXPECT_EQ(fault(with(R"("compare":{"relative":1e200})")),
            "compare.relative: must be between 0 and 1e+100");
  EXPECT_NE(fault(with(R"("compare":{"relative":NaN})")), "");
  EXPECT_NE(fault(with(R"("compare":{"relative":1e999})")), "");
  EXPECT_EQ(fault(with(R"("compare":{"relative":"1"})")), "compare.relative: must be a number");
  EXPECT_TRUE(fault(with(R"("compare":{"mode":"fuzzy"})"))
                  .starts_with("compare.mode: must be one of: exact, trailing_whitespace, "));
  EXPECT_EQ(fault(with(R"("atomic":1)")), "atomic: must be true or false");
  EXPECT_EQ(fault(with(R"("policy":"none")")), "policy: must be one of: all, first_failure");
}

TEST(Decode, RefusesAnExpiryThatIsNotAWholeNumberInItsBounds) {
  for (const char* number : {"0", "-1", "86400001", "1e300"}) {
    EXPECT_EQ(fault(with(R"("expires_after_ms":)" + std::string{number})),
              "expires_after_ms: must be between 1 and 86400000");
  }
  for (const char* other : {"1.5", "\"1000\"", "null", "true"}) {
    EXPECT_EQ(fault(with(R"("expires_after_ms":)" + std::string{other})),
              "expires_after_ms: must be a whole number");
  }
  EXPECT_EQ(fault(with(R"("expires_after_ms":86400000)")), "");
}

TEST(Decode, ReadsACallbackUrlAsATextAndLeavesItToTheQueue) {
  const auto url_of = [](const char* value) {
    return decode(with(R"("callback_url":)" + std::string{value}), {})->callback_url;
  };
  EXPECT_EQ(url_of(R"("https://hooks.example/done")"), "https://hooks.example/done");
  EXPECT_EQ(url_of(R"("")"), "") << "the API checks it";
  EXPECT_EQ(url_of("null"), std::nullopt);
  EXPECT_EQ(decode(with(R"("policy":"all")"), {})->callback_url, std::nullopt);
  for (const char* other : {"7", "true", "[]", "{}"}) {
    EXPECT_EQ(fault(with(R"("callback_url":)" + std::string{other})),
              "callback_url: must be a string");
  }
}

TEST(Decode, IgnoresACallbackUrlInASpec) {
  for (const char* url : {"\"https://example.org/done\"", "\"\"", "null", "7"}) {
    const auto stored = decode_stored_submission(with(R"("callback_url":)" + std::string{url}), {});
    ASSERT_TRUE(stored) << "evalX 0.1.0 stored it: " << url;
    EXPECT_EQ(stored->callback_url, std::nullopt);
  }
}

TEST(Decode, TakesAnOwnerFromTheServerAlone) {
  const std::string document = with(R"("owner":"alice")");
  EXPECT_EQ(fault(document), "owner: is not a known field");
  EXPECT_EQ(decode_stored_submission(document, {})->owner, "alice");
  EXPECT_FALSE(decode_stored_submission(with(R"("owner":7)"), {}));
  EXPECT_FALSE(decode_stored_submission(with(R"("owner":")" + std::string(65, 'a') + "\""), {}));
}

TEST(Decode, ReportsABoundedNumberOfFaults) {
  const auto two = decode(R"({"source":"","tests":[{"stdin":1}]})", {});
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().size(), 3U);
  const auto many = decode(with_tests(repeated("1", 100)), {});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().size(), kMaxFieldErrors);
}

}  // namespace
}  // namespace evalx::submission
