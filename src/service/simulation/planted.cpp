#include "service/simulation/planted.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace evalx::service::simulation {
namespace {

constexpr unsigned kEach = 3;  // Some bugs show at each third call.
constexpr std::chrono::seconds kWaitsForDisk{2};

Task<> accept_later(queue::Queue& inner, queue::NewJob job) {
  auto accepted = co_await inner.accept(std::move(job));
  (void)accepted;
}

/// The text of another stream, with its "finished" spoilt.
class SpoiltStream final : public http::BodyStream {
 public:
  SpoiltStream(Bug bug, std::unique_ptr<http::BodyStream> inner)
      : bug_(bug), inner_(std::move(inner)) {}

  Task<std::optional<std::string>> next() override {
    auto piece = co_await inner_->next();
    if (piece) spoil(*piece);
    co_return piece;
  }

 private:
  void spoil(std::string& text) const {
    constexpr std::string_view kFinished = "event: finished\n";
    const std::size_t event = text.find(kFinished);
    if (event == text.npos) return;
    if (bug_ == Bug::NeverFinishes) return text.erase(text.rfind("id: ", event)), void();
    const std::size_t verdict = text.find(",\"verdict\"", event);
    text.erase(verdict, text.find('}', verdict) - verdict);
  }

  const Bug bug_;
  const std::unique_ptr<http::BodyStream> inner_;
};

}  // namespace

Task<Result<queue::Accepted>> PlantedQueue::accept(queue::NewJob job) {
  const bool is_turn = ++accepts_ % kEach == 0;
  if (bug_ == Bug::AnswersBeforeCommit && is_turn) {
    const std::weak_ptr<bool> lives = lives_;
    world_.after(kWaitsForDisk, [this, lives, job] {
      if (lives.expired()) return;
      asio::co_spawn(executor_, accept_later(inner_, job), asio::detached);
    });
    co_return queue::Accepted{std::move(job.token), false};
  }
  auto accepted = co_await inner_.accept(std::move(job));
  if (bug_ == Bug::RefusesWhatIsStored && is_turn) {
    co_return tl::make_unexpected(queue::unavailable("the reply was lost"));
  }
  co_return accepted;
}

Task<Result<queue::Events>> PlantedQueue::events(std::string token, queue::Place after,
                                                 Milliseconds patience) {
  if (bug_ == Bug::ContinuesByNumber && after.seq > 0) {
    std::string copy = token;
    queue::Place begin;
    const auto all = co_await inner_.events(std::move(copy), std::move(begin), Milliseconds{0});
    if (all && !all->life.empty()) after.life = all->life;
  }
  auto batch = co_await inner_.events(std::move(token), std::move(after), patience);
  if (bug_ == Bug::SkipsAnEvent && batch && batch->events.size() > 3) {
    batch->events.erase(batch->events.begin() + 1);
  }
  co_return batch;
}

void PlantedQueue::progress(const queue::LeaseId& id, std::string kind, std::string data) {
  const bool is_test = kind == "test";
  const bool resumes = kind == "resumed";
  if (bug_ == Bug::LosesAnEvent && is_test && ++tests_ % kEach == 0) return;
  if (is_test) first_tests_.try_emplace(id.token, data);
  inner_.progress(id, std::move(kind), std::move(data));
  if (bug_ == Bug::RepeatsKeptTests && resumes) {
    inner_.progress(id, "test", first_tests_[id.token]);
  }
}

http::Response planted(Bug bug, http::Response response) {
  const bool spoils = bug == Bug::FinishesWithoutVerdict || bug == Bug::NeverFinishes;
  if (spoils && response.stream) {
    response.stream = std::make_unique<SpoiltStream>(bug, std::move(response.stream));
  }
  return response;
}

}  // namespace evalx::service::simulation
