#include "sandbox/isolate/isolate_sandbox.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sandbox/contract_test.hpp"
#include "sandbox/isolate/process.hpp"

namespace evalx::sandbox::isolate {
namespace {

using testing::HasSubstr;

IsolateOptions options() {
  IsolateOptions options;
  if (const char* tool = std::getenv("EVALX_ISOLATE")) options.tool = tool;
  options.boxes = 4;  // Fewer than the tests use at one time, so that some wait.
  options.state_dir = testing::TempDir();
  return options;
}

Engine make_isolate(asio::io_context& loop) {
  Engine engine;
  if (!invoke({options().tool, "--version"})) {
    engine.skip = "isolate is not installed; EVALX_ISOLATE may name it";
    return engine;
  }
  auto started = IsolateSandbox::start(loop, options());
  EXPECT_TRUE(started) << started.error().what << ": " << started.error().code.message();
  if (!started) return engine;
  // The tool checks every 100 ms; an emulated machine (tests/vm) adds to that.
  const milliseconds more{std::getenv("EVALX_EMULATED") ? 300 : 0};
  engine.cpu_lateness = milliseconds{120} + more;
  engine.wall_lateness = milliseconds{200} + more;
  engine.cannot = {
      {Promise::ProtectsItsFiles, "isolate makes the program the owner of all files in its box"},
      {Promise::BoundsTheBox, "isolate bounds a box only by quotas of its file system"},
      {Promise::ReportsTheProcessLimit, "RLIMIT_NPROC leaves no trace of having been met"}};
  engine.sandbox = *std::move(started);
  return engine;
}

const EngineMaker kIsolate{"isolate", make_isolate};

}  // namespace
}  // namespace evalx::sandbox::isolate

namespace evalx::sandbox {
INSTANTIATE_TEST_SUITE_P(Isolate, SandboxContract, testing::Values(isolate::kIsolate));
}

namespace evalx::sandbox::isolate {
namespace {

/// Properties of this engine only.
class IsolateSandboxTest : public SandboxContract {};
INSTANTIATE_TEST_SUITE_P(Isolate, IsolateSandboxTest, testing::Values(kIsolate));

TEST_P(IsolateSandboxTest, RunsInControlGroupsOfTheToolsGeneration) {
  const auto& sandbox = static_cast<IsolateSandbox&>(*engine_.sandbox);
  EXPECT_TRUE(sandbox.uses_cgroups());
  EXPECT_NE(output_of("grep -c /box- /proc/self/cgroup"), "0\n");
}

TEST_P(IsolateSandboxTest, RemovesABoxAfterItsRunWasAbandoned) {
  constexpr unsigned kBox = 500;  // No other test uses it, so what is left in it is from this one.
  {
    asio::io_context other{1};
    IsolateOptions one = options();
    one.first_box = kBox;
    one.boxes = 1;
    auto sandbox = IsolateSandbox::start(other, one);
    ASSERT_TRUE(sandbox) << sandbox.error().what;
    std::unique_ptr<Box> box;
    asio::co_spawn(other, (*sandbox)->open({}),
                   [&box](const std::exception_ptr&, Result<std::unique_ptr<Box>> opened) {
                     box = *std::move(opened);
                   });
    other.run();
    other.restart();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const kernel::Fd read{ends[0]}, write{ends[1]};
    RunSpec spec = shell("echo begun; sleep 100");
    spec.stdio = {write.get(), write.get(), write.get()};
    asio::co_spawn(other, box->run(std::move(spec)),
                   [](const std::exception_ptr&, const Result<Outcome>&) {});
    asio::posix::basic_stream_descriptor<Executor> begun{other.get_executor(), ::dup(read.get())};
    begun.async_wait(begun.wait_read, [&other](const auto&) { other.stop(); });
    other.run();
  }
  // A control group with processes cannot be made again, and 1.x refuses a box that exists.
  const Tool tool{options().tool, {}, true, {}, false};
  const auto made = invoke(init_command(tool, kBox));
  EXPECT_TRUE(made) << made.error().what;
  EXPECT_TRUE(invoke(cleanup_command(tool, kBox)));
}

/// Runs start() with a script as the tool.
class IsolateStart : public testing::Test {
 protected:
  /// A folder for this test only, because other tests lock their boxes at the same time.
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string tool(const std::string& script) {
    const std::string path = folder_ + "/tool";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  Error refusal(IsolateOptions options) {
    options.state_dir = folder_;
    auto started = IsolateSandbox::start(loop_, std::move(options));
    EXPECT_FALSE(started);
    return started ? Error{} : started.error();
  }

  const std::string folder_ = testing::TempDir() + "isolate-start-" + std::to_string(::getpid());
  asio::io_context loop_{1};
};

TEST_F(IsolateStart, ReportsAMissingTool) {
  const Error error = refusal({.tool = "/no/such/isolate"});
  EXPECT_EQ(error.code, std::errc::no_such_file_or_directory);
  EXPECT_EQ(error.what, "start /no/such/isolate");
}

TEST_F(IsolateStart, RefusesAToolThatIsTooOldOrSomethingElse) {
  EXPECT_EQ(refusal({.tool = tool("echo The process isolator 1.4")}).code,
            std::errc::not_supported);
  EXPECT_THAT(refusal({.tool = tool("echo isolates cats")}).what, HasSubstr("isolates cats"));
}

TEST_F(IsolateStart, PassesOnTheToolsError) {
  const std::string path = tool(
      "case $* in *--version) echo The process isolator 2.0;; *--init) "
      "echo 'Control group root /x does not exist' >&2; exit 2;; esac");
  EXPECT_EQ(refusal({.tool = path}).what, path + " --init: Control group root /x does not exist");
}

TEST_F(IsolateStart, GivesControlGroupsUpOnlyIfAllowed) {
  const std::string path =
      tool("case $* in *--version) echo The process isolator 2.0;; *--cg*--init) exit 2;; esac");
  EXPECT_THAT(refusal({.tool = path}).what, HasSubstr("--init"));
  IsolateOptions weak{.tool = path, .cgroups = Cgroups::IfAvailable};
  weak.state_dir = folder_;
  auto started = IsolateSandbox::start(loop_, weak);
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_FALSE((*started)->uses_cgroups());
}

TEST_F(IsolateStart, ReportsTooFewBoxes) {
  const std::string path = tool(
      "case $* in *--version) echo The process isolator 2.0;; *--box-id=3*--init) "
      "echo 'Sandbox ID out of range (allowed: 0-2)' >&2; exit 2;; esac");
  const Error error = refusal({.tool = path, .boxes = 4});
  EXPECT_EQ(error.code, std::errc::result_out_of_range);
  EXPECT_EQ(error.what,
            "isolate has no box 3: " + path + " --init: Sandbox ID out of range (allowed: 0-2)");
}

TEST_F(IsolateStart, RefusesDirectoriesThatTheToolWouldMisread) {
  EXPECT_EQ(refusal({.dirs = {"/opt:rw"}}).code, std::errc::invalid_argument);
}

}  // namespace
}  // namespace evalx::sandbox::isolate
