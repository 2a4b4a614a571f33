// Cost of the queue per job: durable accepts one after another and from 64 clients at once, lease and
// completion of the same jobs, and both at the same time. For comparison it measures a write of one
// page with a sync. Spec and result of a job have 1000 bytes each.
//   queue_cost FOLDER [jobs]                                (a queue in SQLite, in FOLDER/queue)
//   queue_cost FOLDER redis://HOST:PORT/DB [jobs [class]]   (strict, normal or ephemeral; an empty
//                                                           database, whose file is in FOLDER)

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "queue/redis/redis_queue.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
#include "submission/token.hpp"

namespace {

using namespace evalx;  // NOLINT: a program of one file
using Seconds = std::chrono::duration<double>;

constexpr int kClients = 64;
constexpr int kWorkers = 32;

template <class T>
T need(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "queue_cost: %s\n", result.error().what.c_str());
  std::exit(1);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

/// CPU time of this process in seconds, without that of Redis.
double cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double bare_syncs_per_second(const std::filesystem::path& folder) {
  constexpr int kSyncs = 500;
  const auto path = folder / "queue_cost.page";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'p');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kSyncs; ++i) {
    if (::pwrite(file, page.data(), page.size(), i * 4096) != 4096 || ::fdatasync(file) != 0)
      std::abort();
  }
  const double took = seconds_since(start);
  ::close(file);
  std::filesystem::remove(path);
  return kSyncs / took;
}

queue::NewJob new_job() {
  return {submission::new_token(), std::string(1000, 's'), {}};
}

/// Accepts jobs until `left` is zero; several coroutines share it.
Task<> accept_all(queue::Queue& queue, int& left, std::vector<double>* times) {
  while (left-- > 0) {
    const auto start = std::chrono::steady_clock::now();
    need(co_await queue.accept(new_job()));
    if (times != nullptr) times->push_back(seconds_since(start));
  }
}

Task<> work(queue::Queue& queue, int& left) {
  while (left > 0) {
    auto leased = need(co_await queue.lease(Milliseconds{100}));
    if (!leased) continue;
    const auto done = co_await queue.complete(leased->id, std::string(1000, 'r'));
    if (!done) std::abort();
    --left;
  }
}

void ended(const std::exception_ptr& error) {
  if (error) std::abort();
}

struct Load {
  int clients = 0;
  int workers = 0;
};

void measure(const char* what, queue::Queue& queue, int jobs, Load load,
             std::vector<double>* times = nullptr) {
  asio::io_context loop{1};
  int to_accept = load.clients > 0 ? jobs : 0;
  int to_finish = load.workers > 0 ? jobs : 0;
  for (int i = 0; i < load.clients; ++i)
    asio::co_spawn(loop, accept_all(queue, to_accept, times), ended);
  for (int i = 0; i < load.workers; ++i) asio::co_spawn(loop, work(queue, to_finish), ended);
  const auto start = std::chrono::steady_clock::now();
  const double cpu_before = cpu();
  loop.run();
  const double took = seconds_since(start);
  std::printf("%-34s %8.0f jobs/s %8.1f us of our CPU a job\n", what, jobs / took,
              (cpu() - cpu_before) / jobs * 1e6);
}

std::unique_ptr<queue::Queue> open_queue(const std::filesystem::path& folder, const char* address,
                                         const char* durability, const Clock& clock) {
  if (address == nullptr) {
    queue::sqlite::Options options;
    options.directory = folder / "queue";
    return need(queue::sqlite::open(std::move(options), clock));
  }
  queue::redis::Options options;
  options.address = need(queue::redis::parse_address(address));
  const std::string word = durability;
  options.durability = word == "normal"      ? queue::redis::Durability::Normal
                       : word == "ephemeral" ? queue::redis::Durability::Ephemeral
                                             : queue::redis::Durability::Strict;
  return need(queue::redis::open(std::move(options)));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    std::fprintf(stderr, "queue_cost FOLDER [redis://HOST:PORT/DB] [jobs [class]]\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[0];
  const bool is_redis = arguments.size() > 1 && arguments[1].starts_with("redis://");
  const std::size_t next = is_redis ? 2 : 1;
  const int jobs = arguments.size() > next ? std::atoi(arguments[next].c_str()) : 20'000;
  const char* durability = arguments.size() > next + 1 ? arguments[next + 1].c_str() : "strict";
  const SystemClock clock;
  std::filesystem::create_directories(folder);
  std::printf("disk: a page written and synced      %8.0f /s\n", bare_syncs_per_second(folder));
  const auto queue =
      open_queue(folder, is_redis ? arguments[1].c_str() : nullptr, durability, clock);
  std::vector<double> times;
  const int alone = std::max(1, jobs / 20);
  measure("accepts, one client", *queue, alone, {1, 0}, &times);
  std::sort(times.begin(), times.end());
  std::printf("  of these p50 %.0f us, p99 %.0f us\n", times[times.size() / 2] * 1e6,
              times[times.size() * 99 / 100] * 1e6);
  measure("accepts, 64 clients", *queue, jobs - alone, {kClients, 0});
  measure("leased and completed, 32 workers", *queue, jobs, {0, kWorkers});
  measure("end to end, 64 clients, 32 workers", *queue, jobs, {kClients, kWorkers});
  return 0;
}
