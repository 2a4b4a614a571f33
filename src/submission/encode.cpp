#include "submission/encode.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "submission/json_writer.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {
namespace {

template <class T, std::size_t N>
std::string_view word(T value, const std::array<std::pair<T, std::string_view>, N>& words) {
  const auto entry = std::find_if(words.begin(), words.end(),
                                  [value](const auto& pair) { return pair.first == value; });
  return entry->second;
}

void write_arguments(JsonWriter& writer, const std::vector<std::string>& args) {
  if (args.empty()) return;
  const bool readable = std::all_of(args.begin(), args.end(), is_utf8);
  writer.key(readable ? "args" : "args_base64");
  writer.begin_array();
  for (const std::string& arg : args) readable ? writer.text(arg) : writer.base64(arg);
  writer.end_array();
}

void write_program(JsonWriter& writer, const std::vector<ProgramFile>& files) {
  if (files.size() == 1 && files.front().path.empty()) {
    writer.bytes("source", files.front().content);
    return;
  }
  writer.key("files");
  writer.begin_array();
  for (const ProgramFile& file : files) {
    writer.begin_object();
    writer.key("path");
    writer.text(file.path);
    writer.bytes("content", file.content);
    writer.end_object();
  }
  writer.end_array();
}

void write_tests(JsonWriter& writer, const std::vector<Test>& tests) {
  writer.key("tests");
  writer.begin_array();
  for (const Test& test : tests) {
    writer.begin_object();
    if (!test.stdin_bytes.empty()) writer.bytes("stdin", test.stdin_bytes);
    if (test.expected_output) writer.bytes("expected_output", *test.expected_output);
    write_arguments(writer, test.args);
    writer.end_object();
  }
  writer.end_array();
}

void write_limits(JsonWriter& writer, const Limits& limits) {
  writer.key("limits");
  writer.begin_object();
  for (const LimitField& field : limit_fields()) {
    const auto value = field.get(limits);
    if (!value) continue;
    writer.key(field.name);
    if (field.unit == LimitField::Unit::Milliseconds) {
      writer.raw(shortest_thousandths(*value));
    } else {
      writer.number(*value / field.scale());
    }
  }
  writer.end_object();
}

void write_compare(JsonWriter& writer, const Compare& compare) {
  writer.key("compare");
  writer.begin_object();
  writer.key("mode");
  writer.text(word(compare.mode, kCompareModes));
  writer.key("absolute");
  writer.decimal(compare.absolute);
  writer.key("relative");
  writer.decimal(compare.relative);
  writer.end_object();
}

void write_text(JsonWriter& writer, std::string_view name, std::string_view text) {
  writer.key(name);
  writer.text(text);
}

void write_time(JsonWriter& writer, std::string_view name, Microseconds time) {
  writer.key(name);
  writer.milliseconds(time);
}

void write_memory(JsonWriter& writer, Bytes memory) {
  writer.key("memory_kb");
  writer.number((memory.count + 1023) / 1024);
}

void write_optional(JsonWriter& writer, std::string_view name, const std::optional<int>& value) {
  writer.key(name);
  value ? writer.signed_number(*value) : writer.null();
}

/// Whether outputs are written, or only their sizes.
enum class Texts { Written, Counted };

void write_output(JsonWriter& writer, const std::string& name, const Output& output, Texts texts) {
  if (texts == Texts::Written) writer.bytes(name, output.head);
  writer.key(name + "_bytes");
  writer.number(output.total_bytes);
  if (texts == Texts::Counted) return;
  writer.key(name + "_truncated");
  writer.boolean(output.truncated());
}

void write_compile_report(JsonWriter& writer, const CompileReport& report, Texts texts) {
  writer.begin_object();
  writer.key("cached");
  writer.boolean(report.cached);
  write_time(writer, "cpu_time_ms", report.cpu_time);
  write_time(writer, "wall_time_ms", report.wall_time);
  write_memory(writer, report.memory_peak);
  write_output(writer, "output", report.output, texts);
  write_optional(writer, "exit_code", report.exit_code);
  writer.end_object();
}

void write_test_report(JsonWriter& writer, const TestReport& report, Texts texts) {
  writer.begin_object();
  writer.key("index");
  writer.number(report.index);
  write_text(writer, "verdict", to_string(report.verdict));
  write_time(writer, "cpu_time_ms", report.cpu_time);
  write_time(writer, "wall_time_ms", report.wall_time);
  write_memory(writer, report.memory_peak);
  write_optional(writer, "exit_code", report.exit_code);
  write_optional(writer, "signal", report.signal);
  write_output(writer, "stdout", report.out, texts);
  write_output(writer, "stderr", report.err, texts);
  writer.key("process_limit_hit");
  writer.boolean(report.process_limit_hit);
  write_text(writer, "message", report.message);
  writer.end_object();
}

}  // namespace

std::string encode_submission(const Submission& submission) {
  JsonWriter writer;
  writer.begin_object();
  const bool is_owned = !submission.owner.empty();
  if (is_owned || submission.atomic) {
    writer.key("version");
    writer.number(is_owned ? kVersionOfOwner : kVersionOfAtomic);
  }
  write_text(writer, "language", submission.language);
  write_program(writer, submission.files);
  write_tests(writer, submission.tests);
  write_limits(writer, submission.limits);
  write_compare(writer, submission.compare);
  write_text(writer, "policy", word(submission.policy, kPolicies));
  writer.key("compiler_options");
  writer.begin_array();
  for (const std::string& option : submission.compiler_options) writer.text(option);
  writer.end_array();
  if (submission.atomic) {
    writer.key("atomic");
    writer.boolean(true);
  }
  if (is_owned) write_text(writer, "owner", submission.owner);
  writer.end_object();
  return writer.take();
}

std::string encode_report(const Report& report) {
  JsonWriter writer;
  writer.begin_object();
  write_text(writer, "verdict", to_string(report.verdict));
  writer.key("compile");
  report.compile ? write_compile_report(writer, *report.compile, Texts::Written) : writer.null();
  writer.key("tests");
  writer.begin_array();
  for (const TestReport& test : report.tests) write_test_report(writer, test, Texts::Written);
  writer.end_array();
  write_text(writer, "message", report.message);
  writer.key("timing_ms");
  writer.begin_object();
  write_time(writer, "queue", report.queue_time);
  write_time(writer, "compile", report.compile_time);
  write_time(writer, "run", report.run_time);
  writer.end_object();
  writer.key("attempt");
  writer.number(report.attempt);
  writer.end_object();
  return writer.take();
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  JsonWriter writer;
  writer.begin_object();
  write_text(writer, "program", checkpoint.program);
  writer.key("tests");
  writer.begin_array();
  for (const TestReport& test : checkpoint.tests) write_test_report(writer, test, Texts::Written);
  writer.end_array();
  writer.end_object();
  return writer.take();
}

std::string encode_test_event(const TestReport& report) {
  JsonWriter writer;
  write_test_report(writer, report, Texts::Counted);
  return writer.take();
}

std::string encode_compile_event(const CompileReport& report) {
  JsonWriter writer;
  write_compile_report(writer, report, Texts::Counted);
  return writer.take();
}

}  // namespace evalx::submission
