// Group commit: the number of syncs; the time it takes here is only printed.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "queue/sqlite/fault_vfs_test.hpp"
#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

double seconds_since(Clock::Instant start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The rate of writing one page and waiting for its sync.
double bare_syncs_per_second(const std::filesystem::path& directory) {
  constexpr int kSyncs = 100;
  const int file = ::open((directory / "bare").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'p');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kSyncs; ++i) {
    EXPECT_EQ(::pwrite(file, page.data(), page.size(), i * 4096), 4096);
    EXPECT_EQ(::fdatasync(file), 0);
  }
  ::close(file);
  return kSyncs / seconds_since(start);
}

class Load : public testing::Test {
 protected:
  Load() { options_.directory = scratch_.path() / "data"; }
  static NewJob job() { return {submission::new_token(), std::string(1000, 's'), {}}; }

  Scratch scratch_;
  FaultVfs vfs_;
  SystemClock clock_;
  Options options_;
};

TEST_F(Load, TenThousandConcurrentAcceptsShareTheirSyncs) {
  constexpr int kJobs = 10'000;
  const auto queue = opened(options_, clock_);
  asio::io_context loop{1};
  int accepted = 0;
  for (int i = 0; i < kJobs; ++i) {
    asio::co_spawn(loop, queue->accept(job()), [&](std::exception_ptr, const auto& answer) {
      if (answer) ++accepted;
    });
  }
  const int syncs_before = vfs_.syncs();
  const auto start = std::chrono::steady_clock::now();
  loop.run();
  const double took = seconds_since(start);
  const int syncs = vfs_.syncs() - syncs_before;
  EXPECT_EQ(accepted, kJobs);
  EXPECT_EQ(queue->figures().queued, static_cast<std::size_t>(kJobs));
  EXPECT_LT(syncs, kJobs / 20);
  std::cout << kJobs << " accepts: " << static_cast<int>(kJobs / took) << "/s with " << syncs
            << " syncs; bare syncs here: "
            << static_cast<int>(bare_syncs_per_second(scratch_.path())) << "/s\n";
}

TEST_F(Load, ALoneJobCostsTwoSyncs) {
  constexpr int kJobs = 200;
  const auto queue = opened(options_, clock_);
  ASSERT_TRUE(run(queue->accept(job())));  // The first after a start also syncs the log's header.
  const int syncs_before = vfs_.syncs();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(run(queue->accept(job())));
    const auto leased = run(queue->lease(5s));
    ASSERT_TRUE(run(queue->complete((*leased)->id, "result")));
  }
  const double took = seconds_since(start);
  // The idle log may be moved meanwhile, which syncs twice and then the header once more.
  EXPECT_LE(vfs_.syncs() - syncs_before, 2 * kJobs + 3 * (1 + static_cast<int>(took)));
  EXPECT_GE(vfs_.syncs() - syncs_before, 2 * kJobs);
  std::cout << "accept, lease, complete: " << static_cast<int>(1e6 * took / kJobs) << " us a job, "
            << (vfs_.syncs() - syncs_before) << " syncs for " << kJobs << " jobs; one bare sync "
            << static_cast<int>(1e6 / bare_syncs_per_second(scratch_.path())) << " us\n";
}

}  // namespace
}  // namespace evalx::queue::sqlite
