#include "api/v1/openapi.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <set>

#include "api/answers.hpp"
#include "api/fake_queue.hpp"
#include "api/operations.hpp"
#include "api/test_support.hpp"
#include "api/v1/documents.hpp"
#include "api/v1/inputs.hpp"
#include "api/v1/routes.hpp"
#include "base/strict_json.hpp"
#include "submission/decode.hpp"
#include "submission/decode_report.hpp"
#include "submission/schema.hpp"

namespace evalx::api::v1 {
namespace {

namespace json = boost::json;
using Names = std::set<std::string>;

class OpenApiTest : public ::testing::Test {
 protected:
  OpenApiTest() : document_(parse_strict(openapi_json()).value()) {
    add_routes(router_, {submissions_, events_, discovery_});
    add_operations(router_, operations_);
  }

  const json::value& schema(const std::string& name) {
    return document_.at("components").at("schemas").at(name);
  }
  const json::value& property(const std::string& name, std::string_view field) {
    return schema(name).at("properties").at(json::string_view{field.data(), field.size()});
  }
  /// The example of a JSON response in the document.
  const json::value& example(const char* path, const char* method, const char* status) {
    return document_.at("paths")
        .at(path)
        .at(method)
        .at("responses")
        .at(status)
        .at("content")
        .at("application/json")
        .at("example");
  }
  const json::value& request_example() {
    return document_.at("paths")
        .at("/v1/submissions")
        .at("post")
        .at("requestBody")
        .at("content")
        .at("application/json")
        .at("example");
  }

  static Names keys(const json::value& object) {
    Names names;
    for (const auto& member : object.as_object()) names.emplace(member.key());
    return names;
  }
  Names properties(const std::string& name) {
    EXPECT_EQ(schema(name).at("additionalProperties"), json::value(false)) << name;
    return keys(schema(name).at("properties"));
  }
  static Names names(submission::FieldNames fields) { return {fields.begin(), fields.end()}; }
  static Names texts(const json::value& array) {
    Names found;
    for (const auto& text : array.as_array()) found.emplace(text.as_string());
    return found;
  }

  json::value document_;
  SystemClock clock_;
  FakeQueue queue_;
  ThreeLanguages languages_;
  Submissions submissions_{queue_, languages_, {}};
  Events events_{queue_};
  Discovery discovery_{
      languages_,
      {.version = "0.1.0",
       .bounds = {},
       .callbacks = {true, 8, 2048, std::chrono::seconds{5}, std::chrono::seconds{15},
                     std::chrono::seconds{30}},
       .engine = [] {
         return EngineView{
             R"({"sandbox":"native","sandbox_version":"0.1.0","seccomp_profile":"standard",)"
             R"("cgroup_version":2,"max_concurrent_sandboxes":8,"memory_budget_mb":14000,)"
             R"("queue":"sqlite"})",
             {{"cgroup memory", "good", true, ""},
              {"memory.peak", "reduced", false,
               "each run needs a group of its own, about a millisecond"}}};
       }}};
  Operations operations_{queue_.counted, {}};
  http::Router router_{clock_};
};

TEST_F(OpenApiTest, DescribesExactlyTheRoutes) {
  Names described;
  for (const auto& path : document_.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string method{operation.key()};
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
      described.insert(method + " " + std::string{path.key()});
    }
  }
  Names served;
  for (const http::Route& route : router_.routes())
    served.insert(route.method + " " + route.pattern);
  EXPECT_EQ(described, served);
}

TEST_F(OpenApiTest, DescribesExactlyTheQueryParametersOfEachRoute) {
  for (const http::Route& route : router_.routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const json::object& operation = document_.at("paths").at(route.pattern).at(method).as_object();
    Names described;
    if (const json::value* parameters = operation.if_contains("parameters")) {
      for (const json::value& reference : parameters->as_array()) {
        const std::string pointer{reference.at("$ref").as_string()};
        json::error_code error;
        const json::value* parameter = document_.find_pointer(pointer.substr(1), error);
        ASSERT_NE(parameter, nullptr) << pointer;
        if (parameter->at("in") == "query") described.emplace(parameter->at("name").as_string());
      }
    }
    const auto taken = route.parameters.value_or(std::vector<std::string>{});
    EXPECT_EQ(described, Names(taken.begin(), taken.end())) << route.pattern;
    // Probes and scrapers may add parameters of their own.
    const bool is_open = Names{"/healthz", "/readyz", "/metrics"}.contains(route.pattern);
    EXPECT_EQ(route.parameters.has_value(), !is_open) << route.pattern;
  }
}

/// The scope that a route needs; "" for any token, "-" for none.
std::string scope_of(const gate::Rule& rule) {
  switch (rule.needs) {
    case gate::Needs::Nothing:
      return "-";
    case gate::Needs::AnyToken:
      return "";
    case gate::Needs::Submit:
      return "submit";
    case gate::Needs::Read:
      return "read";
    case gate::Needs::Metrics:
      return "metrics";
  }
  return "?";
}

TEST_F(OpenApiTest, DescribesTheScopeOfEachRoute) {
  gate::Rules all = rules();
  for (const gate::Rule& rule : operations_rules()) all.push_back(rule);
  EXPECT_EQ(all.size(), router_.routes().size()) << "each route has a rule";
  for (const gate::Rule& rule : all) {
    std::string method{rule.method};
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const std::string path{rule.route};
    const json::object& operation = document_.at("paths").at(path).at(method).as_object();
    const json::value* own = operation.if_contains("security");
    const json::array& ways = (own == nullptr ? document_.at("security") : *own).as_array();
    if (scope_of(rule) == "-") {
      // The reasons of /readyz are for tokens alone.
      EXPECT_TRUE(ways.empty() || ways.front().as_object().empty()) << path;
      EXPECT_FALSE(operation.at("responses").as_object().contains("401")) << path;
      continue;
    }
    ASSERT_EQ(ways.size(), 2U) << path;
    EXPECT_TRUE(ways[0].as_object().empty()) << "a server without tokens asks for none";
    Names scopes = texts(ways[1].at("token"));
    EXPECT_EQ(scopes, scope_of(rule).empty() ? Names{} : Names{scope_of(rule)}) << path;
    EXPECT_TRUE(operation.at("responses").as_object().contains("401")) << path;
  }
}

TEST_F(OpenApiTest, DescribesExactlyTheFieldsTheDecoderTakes) {
  EXPECT_EQ(properties("NewSubmission"), names(submission::kSubmissionFields));
  EXPECT_EQ(properties("SourceFile"), names(submission::kFileFields));
  EXPECT_EQ(properties("Test"), names(submission::kTestFields));
  EXPECT_EQ(properties("Compare"), names(submission::kCompareFields));
  Names limits;
  for (const auto& field : submission::limit_fields()) limits.emplace(field.name);
  EXPECT_EQ(properties("Limits"), limits);
}

TEST_F(OpenApiTest, ListsTheBoundsAndDefaultsOfTheLimits) {
  const submission::LimitBounds bounds;
  const submission::Limits defaults = submission::default_limits(bounds);
  for (const auto& field : submission::limit_fields()) {
    const json::value& described = property("Limits", field.name);
    const auto amount = [&](const submission::Limits& limits) {
      return static_cast<double>(field.get(limits).value()) / static_cast<double>(field.scale());
    };
    EXPECT_EQ(described.at("minimum").to_number<double>(), amount(bounds.least)) << field.name;
    EXPECT_EQ(described.at("maximum").to_number<double>(), amount(bounds.most)) << field.name;
    if (field.get(defaults)) {
      EXPECT_EQ(described.at("x-default").to_number<double>(), amount(defaults)) << field.name;
    } else {
      EXPECT_TRUE(described.at("x-default").is_null()) << field.name;
    }
  }
}

/// Generators make a field required if it has a "default", or if a "oneOf" names it.
TEST_F(OpenApiTest, LetsGeneratedClientsLeaveOptionalFieldsOut) {
  for (const char* name : {"NewSubmission", "SourceFile", "Test", "Limits", "Compare"}) {
    for (const char* keyword : {"oneOf", "anyOf", "allOf"})
      EXPECT_FALSE(schema(name).as_object().contains(keyword)) << name;
    for (const auto& field : schema(name).at("properties").as_object())
      EXPECT_FALSE(field.value().as_object().contains("default")) << name << field.key();
  }
  EXPECT_EQ(texts(schema("NewSubmission").at("required")), (Names{"language", "tests"}));
  EXPECT_EQ(texts(schema("SourceFile").at("required")), Names{"path"});
  for (const char* name : {"Test", "Limits", "Compare"})
    EXPECT_FALSE(schema(name).as_object().contains("required")) << name;
}

TEST_F(OpenApiTest, ListsTheBoundsOfEveryField) {
  const auto bound = [&](const std::string& name, const char* field, const char* keyword) {
    return property(name, field).at(keyword).to_number<std::size_t>();
  };
  EXPECT_EQ(bound("NewSubmission", "tests", "maxItems"), submission::kMaxTests);
  EXPECT_EQ(bound("NewSubmission", "files", "maxItems"), submission::kMaxFiles);
  EXPECT_EQ(bound("NewSubmission", "compiler_options", "maxItems"),
            submission::kMaxCompilerOptions);
  EXPECT_EQ(bound("NewSubmission", "language", "maxLength"), submission::kMaxLanguageBytes);
  EXPECT_EQ(bound("NewSubmission", "expires_after_ms", "maximum"),
            static_cast<std::size_t>(submission::kMaxExpiresAfter.count()));
  EXPECT_EQ(bound("SourceFile", "path", "maxLength"), submission::kMaxPathBytes);
  EXPECT_EQ(bound("Test", "args", "maxItems"), submission::kMaxArgs);
  EXPECT_EQ(bound("Test", "args_base64", "maxItems"), submission::kMaxArgs);
  EXPECT_EQ(property("Test", "args").at("items").at("maxLength").to_number<std::size_t>(),
            submission::kMaxArgBytes);
  const submission::Compare defaults;
  EXPECT_DOUBLE_EQ(property("Compare", "absolute").at("x-default").to_number<double>(),
                   defaults.absolute);
  EXPECT_DOUBLE_EQ(property("Compare", "relative").at("x-default").to_number<double>(),
                   defaults.relative);
  EXPECT_DOUBLE_EQ(property("Compare", "relative").at("maximum").to_number<double>(),
                   submission::kMaxTolerance);
  const json::value& parameters = document_.at("components").at("parameters");
  EXPECT_EQ(parameters.at("Wait").at("schema").at("maximum").to_number<int>(),
            kMaxWait.count() / 1000);
  EXPECT_EQ(parameters.at("IdempotencyKey").at("schema").at("maxLength").to_number<std::size_t>(),
            kMaxIdempotencyKeyBytes);
  EXPECT_EQ(parameters.at("Limit").at("schema").at("maximum").to_number<std::size_t>(), kMaxPage);
}

TEST_F(OpenApiTest, ListsTheWordsOfEachEnum) {
  Names modes;
  for (const auto& [mode, word] : submission::kCompareModes) modes.emplace(word);
  EXPECT_EQ(texts(property("Compare", "mode").at("enum")), modes);
  Names policies;
  for (const auto& [policy, word] : submission::kPolicies) policies.emplace(word);
  EXPECT_EQ(texts(property("NewSubmission", "policy").at("enum")), policies);
  const Names verdicts = texts(schema("Verdict").at("enum"));
  EXPECT_EQ(verdicts.size(), static_cast<std::size_t>(submission::Verdict::Skipped) + 1);
  for (const std::string& word : verdicts) {
    EXPECT_TRUE(submission::verdict_from_string(word)) << word;
  }
}

TEST_F(OpenApiTest, ItsExampleRequestIsAccepted) {
  const auto decoded = submission::decode_document(request_example(), {});
  ASSERT_TRUE(decoded) << decoded.error().front().field;
  EXPECT_EQ(decoded->limits, submission::Limits{}) << "the example shows the defaults";
  http::Request request;
  request.method = "POST";
  request.target = "/v1/submissions";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = json::serialize(request_example());
  EXPECT_EQ(run(router_.handle(std::move(request))).status, 202U);
}

TEST_F(OpenApiTest, DescribesExactlyTheFieldsTheEncoderWrites) {
  Names result = names(submission::kReportFields);
  result.insert({"token", "status"});
  EXPECT_EQ(properties("Result"), result);
  EXPECT_EQ(properties("TestReport"), names(submission::kTestReportFields));
  EXPECT_EQ(properties("CompileReport"), names(submission::kCompileReportFields));
  EXPECT_EQ(keys(property("Result", "timing_ms").at("properties")),
            names(submission::kTimingFields));
  EXPECT_EQ(properties("Pending"), names(kPendingFields));
  queue::Record record;
  record.token = "6d8f2d5c-41f7-4b5e-9a57-0c8f3a1f9b11";
  EXPECT_EQ(body_of(accepted_response(record)), example("/v1/submissions", "post", "202"));
}

TEST_F(OpenApiTest, ItsExampleResultsAreReports) {
  for (const auto& [path, method] : {std::pair{"/v1/submissions", "post"},
                                     {"/v1/submissions/{token}", "get"},
                                     {"/v1/submissions/{token}", "delete"}}) {
    json::object result = example(path, method, "200").as_object();
    EXPECT_EQ(result.erase("token") + result.erase("status"), 2U);
    const auto report = submission::decode_report(json::serialize(result));
    EXPECT_TRUE(report) << method << report.error().front().field;
  }
}

TEST_F(OpenApiTest, DescribesTheWebhookWithTheResultThatGetReturns) {
  const json::value& post = document_.at("webhooks").at("submissionFinished").at("post");
  EXPECT_EQ(post.at("requestBody").at("content").at("application/json").at("schema").at("$ref"),
            json::value("#/components/schemas/Result"));
  Names sent;
  for (const json::value& parameter : post.at("parameters").as_array()) {
    EXPECT_EQ(parameter.at("in"), json::value("header"));
    sent.emplace(parameter.at("name").as_string());
  }
  EXPECT_EQ(sent, (Names{"webhook-id", "webhook-timestamp", "webhook-signature"}));
}

TEST_F(OpenApiTest, ItsExamplesOfDiscoveryEqualTheAnswers) {
  EXPECT_EQ(body_of(discovery_.index()), example("/", "get", "200"));
  EXPECT_EQ(body_of(discovery_.capabilities()), example("/v1/capabilities", "get", "200"));
  EXPECT_EQ(properties("LimitRange"), (Names{"default", "minimum", "maximum"}));
  EXPECT_EQ(properties("Capabilities"), keys(body_of(discovery_.capabilities())));
  EXPECT_EQ(properties("Callbacks"), keys(body_of(discovery_.capabilities()).at("callbacks")));
  EXPECT_EQ(properties("Engine"), keys(body_of(discovery_.capabilities()).at("engine")));
  EXPECT_EQ(properties("Mechanism"),
            keys(body_of(discovery_.capabilities()).at("mechanisms").at(0)));
  EXPECT_EQ(properties("Index"), keys(body_of(discovery_.index())));
  Names listed_paths{"/"};
  const json::value index = body_of(discovery_.index());
  for (const auto& [name, path] : index.at("urls").as_object())
    listed_paths.emplace(path.as_string());
  EXPECT_EQ(listed_paths, keys(document_.at("paths"))) << "the index lists all";
  const json::value listed = body_of(discovery_.languages());
  EXPECT_EQ(properties("LanguageList"), keys(listed));
  EXPECT_EQ(properties("Language"), keys(listed.at("languages").at(0)));
  EXPECT_EQ(body_of(operations_.healthz()), example("/healthz", "get", "200"));
  EXPECT_EQ(body_of(operations_.readyz()), example("/readyz", "get", "200"));
  queue_.counted.healthy = false;
  EXPECT_EQ(body_of(operations_.readyz()), example("/readyz", "get", "503"));
}

TEST_F(OpenApiTest, ItsExampleProblemsEqualTheAnswers) {
  const json::value& responses = document_.at("components").at("responses");
  const auto described = [&](const char* name) {
    return responses.at(name).at("content").at("application/problem+json").at("example");
  };
  const auto made = [&](queue::Errc code) {
    return body_of(queue_problem({make_error_code(code), ""}, queue_.figures()));
  };
  EXPECT_EQ(described("NotFound"), body_of(unknown_submission()));
  EXPECT_EQ(described("KeyInUse"), made(queue::Errc::IdempotencyConflict));
  EXPECT_EQ(described("AlreadyFinished"), made(queue::Errc::Finished));
  EXPECT_EQ(described("Busy"), made(queue::Errc::Full));
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
  std::vector<const json::value*> open{&document_};
  std::size_t references = 0;
  while (!open.empty()) {
    const json::value& node = *open.back();
    open.pop_back();
    if (node.is_array()) {
      for (const auto& element : node.as_array()) open.push_back(&element);
    } else if (node.is_object()) {
      for (const auto& member : node.as_object()) {
        open.push_back(&member.value());
        if (member.key() != "$ref") continue;
        ++references;
        const std::string pointer{member.value().as_string()};
        ASSERT_EQ(pointer.front(), '#');
        json::error_code error;
        EXPECT_NE(document_.find_pointer(pointer.substr(1), error), nullptr) << pointer;
      }
    }
  }
  EXPECT_GT(references, 20U);
}

}  // namespace
}  // namespace evalx::api::v1
