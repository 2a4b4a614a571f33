#include "submission/decode_report.hpp"

#include <limits>

#include "submission/json_reader.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {
namespace {

namespace json = boost::json;

constexpr NumberRule kTime{.least = 0,
                           .most = std::uint64_t{1} << 52,
                           .scale = 1000,
                           .decimals = NumberRule::Decimals::Thousandths};
constexpr NumberRule kMemory{.least = 0, .most = std::uint64_t{1} << 52, .scale = 1024};
constexpr NumberRule kCount{.least = 0, .most = std::uint64_t{1} << 52};

/// An object of a report: every field is required.
class Fields {
 public:
  Fields(json::value& value, std::string path, FieldNames names, Complaints& complaints)
      : object_(value, std::move(path), names, complaints) {}

  ObjectReader& object() { return object_; }
  std::string path_of(std::string_view name) const { return object_.path_of(name); }

  Microseconds time(std::string_view name) {
    return Microseconds{static_cast<Microseconds::rep>(number(name, kTime))};
  }
  Bytes memory() { return Bytes{number("memory_kb", kMemory)}; }
  std::uint64_t number(std::string_view name, NumberRule rule) {
    return require(name) ? object_.number(name, rule).value_or(0) : 0;
  }
  bool boolean(std::string_view name) {
    return require(name) && object_.boolean(name).value_or(false);
  }
  std::string text(std::string_view name) {
    return require(name) ? object_.text(name).value_or("") : "";
  }
  std::optional<int> small_integer_or_null(std::string_view name) {
    json::value* value = object_.require(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    const std::int64_t* number = value->if_int64();
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    if (number == nullptr || *number > kMost || *number < -kMost) {
      object_.complaints().add(path_of(name), "must be a small whole number or null");
      return std::nullopt;
    }
    return static_cast<int>(*number);
  }
  Output output(const std::string& name) {
    Output output;
    auto head = object_.bytes(name);
    if (!head && object_.complaints().empty()) (void)require(name);
    output.head = std::move(head).value_or("");
    output.total_bytes = number(name + "_bytes", kCount);
    const bool truncated = boolean(name + "_truncated");
    if (output.head.size() > output.total_bytes || truncated != output.truncated()) {
      object_.complaints().add(path_of(name + "_bytes"), "does not agree with " + name);
    }
    return output;
  }
  Verdict verdict() {
    const auto verdict = verdict_from_string(text("verdict"));
    if (!verdict) object_.complaints().add(path_of("verdict"), "is not a known verdict");
    return verdict.value_or(Verdict::InternalError);
  }

 private:
  bool require(std::string_view name) { return object_.require(name) != nullptr; }

  ObjectReader object_;
};

CompileReport read_compile(json::value& value, Complaints& complaints) {
  Fields fields{value, "compile", kCompileReportFields, complaints};
  CompileReport report;
  report.cached = fields.boolean("cached");
  report.cpu_time = fields.time("cpu_time_ms");
  report.wall_time = fields.time("wall_time_ms");
  report.memory_peak = fields.memory();
  report.output = fields.output("output");
  report.exit_code = fields.small_integer_or_null("exit_code");
  return report;
}

TestReport read_test(json::value& value, std::string path, Complaints& complaints) {
  Fields fields{value, std::move(path), kTestReportFields, complaints};
  TestReport report;
  report.index = fields.number("index", kCount);
  report.verdict = fields.verdict();
  report.cpu_time = fields.time("cpu_time_ms");
  report.wall_time = fields.time("wall_time_ms");
  report.memory_peak = fields.memory();
  report.exit_code = fields.small_integer_or_null("exit_code");
  report.signal = fields.small_integer_or_null("signal");
  report.out = fields.output("stdout");
  report.err = fields.output("stderr");
  report.process_limit_hit = fields.boolean("process_limit_hit");
  report.message = fields.text("message");
  return report;
}

std::vector<TestReport> read_tests(ObjectReader& object, Complaints& complaints) {
  std::vector<TestReport> reports;
  json::value* tests = object.require("tests");
  if (tests == nullptr) return reports;
  json::array* array = read_array(*tests, "tests", kMaxTests, complaints);
  for (std::size_t i = 0; array != nullptr && i < array->size() && !complaints.full(); ++i) {
    reports.push_back(read_test((*array)[i], element_path("tests", i), complaints));
  }
  return reports;
}

void read_timing(json::value& value, Report& report, Complaints& complaints) {
  Fields fields{value, "timing_ms", kTimingFields, complaints};
  report.queue_time = fields.time("queue");
  report.compile_time = fields.time("compile");
  report.run_time = fields.time("run");
}

}  // namespace

tl::expected<Report, FieldErrors> decode_report(std::string_view text) {
  auto document = parse_strict(text);
  if (!document) return tl::make_unexpected(parse_fault(std::move(document.error())));
  Complaints complaints;
  Fields fields{*document, "", kReportFields, complaints};
  Report report;
  report.verdict = fields.verdict();
  json::value* compile = fields.object().require("compile");
  if (compile != nullptr && !compile->is_null()) {
    report.compile = read_compile(*compile, complaints);
  }
  report.tests = read_tests(fields.object(), complaints);
  report.message = fields.text("message");
  if (json::value* timing = fields.object().require("timing_ms")) {
    read_timing(*timing, report, complaints);
  }
  report.attempt = static_cast<unsigned>(
      fields.number("attempt", {.least = 0, .most = std::numeric_limits<unsigned>::max()}));
  if (!complaints.empty()) return tl::make_unexpected(complaints.take());
  return report;
}

std::optional<Verdict> verdict_in(std::string_view report) {
  constexpr std::string_view kBegin = R"({"verdict":")";
  if (!report.starts_with(kBegin)) return std::nullopt;
  report.remove_prefix(kBegin.size());
  return verdict_from_string(report.substr(0, report.find('"')));
}

tl::expected<Checkpoint, FieldErrors> decode_checkpoint(std::string_view text) {
  auto document = parse_strict(text);
  if (!document) return tl::make_unexpected(parse_fault(std::move(document.error())));
  Complaints complaints;
  Fields fields{*document, "", kCheckpointFields, complaints};
  Checkpoint checkpoint;
  checkpoint.program = fields.text("program");
  checkpoint.tests = read_tests(fields.object(), complaints);
  if (!complaints.empty()) return tl::make_unexpected(complaints.take());
  return checkpoint;
}

}  // namespace evalx::submission
