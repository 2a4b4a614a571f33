#include "service/simulation/server.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <numeric>

#include "queue/call.hpp"
#include "queue/sqlite/sqlite_queue.hpp"
#include "service/queue_choice.hpp"

namespace evalx::service::simulation {
namespace {

using submission::Report;
using submission::Verdict;

constexpr std::chrono::hours kEndlessGrace{1'000};  // On the real clock: hurry() ends it.

/// One language, which exists in every server.
class OneLanguage final : public api::LanguageList {
 public:
  [[nodiscard]] std::shared_ptr<const api::LanguageView> find(std::string_view name) const override {
    return name == "cpp" ? std::shared_ptr<const api::LanguageView>{views_, &views_->front()}
                         : nullptr;
  }
  [[nodiscard]] std::shared_ptr<const Views> all() const override { return views_; }
  [[nodiscard]] bool allows_option(const api::LanguageView&, std::string_view) const override {
    return false;
  }

 private:
  std::shared_ptr<const Views> views_ =
      std::make_shared<Views>(Views{{"cpp", "C++", "1", {}, "main.cpp", true, {}, ""}});
};
const OneLanguage& languages() {
  static const OneLanguage list;
  return list;
}

api::v1::EngineFacts facts() {
  api::v1::EngineFacts found;
  found.version = "simulated";
  found.engine = [] { return api::v1::EngineView{}; };
  return found;
}

worker::Settings worker_settings() {
  worker::Settings settings;
  settings.pause = Milliseconds{0};
  // Each test is saved at once: no timer of the real clock is used.
  settings.checkpoints = {.after = Milliseconds{0}, .interval = Milliseconds{0}, .tests = 1};
  return settings;
}

bool is_kind(const submission::Submission& submission, std::string_view kind) {
  return submission.files.front().content.find(kind) != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(Place place) {
  queue::sqlite::Options options = sqlite_options({});
  options.directory = place.folder;
  options.rules.first_back_off = std::chrono::seconds{1};
  options.rules.next_back_off = std::chrono::seconds{2};
  options.stepper = &place.world;
  options.on_fatal = place.on_fatal;
  EVALX_TRY(auto queue, queue::sqlite::open(std::move(options), place.world));
  return std::unique_ptr<Server>{new Server(std::move(place), std::move(queue))};
}

Server::Server(Place place, std::unique_ptr<queue::Queue> queue)
    : place_(std::move(place)),
      loop_(std::make_unique<asio::io_context>(1)),
      queue_(std::move(queue)),
      planted_(*queue_, place_.bug, place_.world, loop_->get_executor()),
      recording_(planted_, place_.journal, place_.name),
      submissions_(recording_, languages(), submission::LimitBounds{}),
      events_(recording_),
      discovery_(languages(), facts()),
      router_(place_.world) {
  worker_ = std::make_unique<worker::Worker>(
      loop_->get_executor(), recording_,
      [this](submission::Submission submission, judge::Progress& progress, std::stop_token stop) {
        return judge(std::move(submission), progress, std::move(stop));
      },
      worker_settings());
  api::v1::add_routes(router_, {submissions_, events_, discovery_});
  worker_->start();
  place_.world.set_loop(loop_.get());
}

Server::~Server() {
  place_.world.set_loop(nullptr);
  std::vector<std::shared_ptr<Exchange>> kept;  // Their signals outlive the coroutines.
  for (const auto& weak : exchanges_) kept.push_back(weak.lock());
  for (const auto& exchange : kept) {
    if (exchange && !std::exchange(exchange->is_closed, true)) exchange->lost();
  }
  loop_.reset();  // With it, all coroutines.
  worker_.reset();
}

void Server::die() {
  recording_.died();
  place_.world.set_loop(nullptr);
}

void Server::request(http::Request request, const std::shared_ptr<Exchange>& exchange) {
  std::erase_if(exchanges_, [](const auto& weak) { return weak.expired(); });
  exchanges_.push_back(exchange);
  asio::co_spawn(*loop_, serve(std::move(request), exchange),
                 // The signal outlives the coroutine.
                 asio::bind_cancellation_slot(exchange->cut.slot(),
                                              [exchange](std::exception_ptr) {}));
}

void Server::close(Exchange& exchange) {
  if (std::exchange(exchange.is_closed, true)) return;
  exchange.cut.emit(asio::cancellation_type::terminal);
}

Task<> Server::serve(http::Request request, std::shared_ptr<Exchange> exchange) {
  http::Response response = co_await router_.handle(std::move(request));
  response = planted(place_.bug, std::move(response));
  if (exchange->is_closed) co_return;
  exchange->answered(response);
  while (response.stream) {
    auto piece = co_await response.stream->next();
    if (exchange->is_closed) co_return;
    if (!piece) break;
    exchange->received(*std::move(piece));
  }
  if (std::exchange(exchange->is_closed, true)) co_return;
  exchange->ended();
}

void Server::redrive(std::string token) {
  asio::co_spawn(*loop_, queue_again(std::move(token)), asio::detached);
}

Task<> Server::queue_again(std::string token) {
  std::string copy = token;
  const auto done = co_await queue_->redrive(std::move(copy));
  if (done) place_.journal.add(Event::Kind::Redriven, token);
}

void Server::find(std::string token, std::function<void(Result<queue::Record>)> read) {
  asio::co_spawn(*loop_, queue_->find(std::move(token)),
                 [read = std::move(read)](std::exception_ptr, Result<queue::Record> found) {
                   read(std::move(found));
                 });
}

void Server::drain() {
  if (std::exchange(is_draining_, true)) return;
  submissions_.close();
  asio::co_spawn(*loop_, end_in_order(), asio::detached);
}

/// As Service::drain_on_signal().
Task<> Server::end_in_order() {
  co_await worker_->drain(kEndlessGrace);
  events_.close();
  queue_->end_waits();
  has_drained_ = true;
}

/// Passes virtual time, or less if `stop` is requested.
Task<> Server::sleep(Milliseconds time, std::stop_token stop) {
  std::function<void()> wake;
  const auto begin = [&](std::shared_ptr<queue::Call<void>> call) {
    wake = [call = std::move(call), woken = std::make_shared<bool>(false)] {
      if (!std::exchange(*woken, true)) call->answer({});
    };
    place_.world.after(time, wake);
  };
  std::optional<std::stop_callback<std::function<void()>>> link;
  const auto begin_linked = [&](std::shared_ptr<queue::Call<void>> call) {
    begin(std::move(call));
    link.emplace(stop, wake);
  };
  const auto slept = co_await queue::suspend<void>(begin_linked);
  (void)slept;
}

/// Reports the tests in this order. False: an attempt of a flaky job fails.
Task<bool> Server::run_tests(Report& report, std::vector<std::size_t> order,
                             judge::Progress& progress, std::stop_token stop) {
  Random& random = place_.random;
  for (const std::size_t index : order) {
    std::stop_token copy = stop;
    co_await sleep(Milliseconds{random.below(1'500)}, std::move(copy));
    if (stop.stop_requested()) co_return true;
    submission::TestReport& test = report.tests[index];
    test.index = index;
    test.verdict = index % 5 == 4 ? Verdict::WrongAnswer : Verdict::Accepted;
    test.cpu_time = Milliseconds{random.below(1'000)};
    test.wall_time = test.cpu_time;
    progress.tested(test);
    if (report.message == "flaky" && random.happens(200)) co_return false;
  }
  co_return true;
}

Task<Result<Report>> Server::judge(submission::Submission submission, judge::Progress& progress,
                                   std::stop_token stop) {
  Random& random = place_.random;
  Report report;
  report.verdict = Verdict::Cancelled;
  report.compile.emplace();
  std::stop_token copy = stop;
  co_await sleep(Milliseconds{random.below(500)}, std::move(copy));
  if (stop.stop_requested()) co_return report;
  if (is_kind(submission, "poison")) place_.on_poison();
  const bool compiles = !is_kind(submission, "broken");
  report.compile->exit_code = compiles ? 0 : 1;
  progress.compiled(*report.compile);
  if (!compiles) {
    report.verdict = Verdict::CompileError;
    co_return report;
  }
  report.tests.resize(submission.tests.size());
  std::vector<std::size_t> order(report.tests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  }
  for (submission::TestReport& kept : progress.begin([] { return std::string{"program"}; })) {
    std::erase(order, kept.index);
    report.tests[kept.index] = std::move(kept);
  }
  if (is_kind(submission, "flaky")) report.message = "flaky";
  std::stop_token running = stop;
  const bool is_good = co_await run_tests(report, std::move(order), progress, std::move(running));
  report.message.clear();
  if (!is_good) co_return fail(std::make_error_code(std::errc::not_enough_memory), "clone");
  if (stop.stop_requested()) co_return report;
  const auto bad = std::find_if(report.tests.begin(), report.tests.end(),
                                [](const auto& t) { return t.verdict != Verdict::Accepted; });
  report.verdict = bad == report.tests.end() ? Verdict::Accepted : bad->verdict;
  co_return report;
}

}  // namespace evalx::service::simulation
