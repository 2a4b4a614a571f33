#include "queue/simulation/simulator.hpp"

#include <algorithm>
#include <memory>

namespace evalx::queue::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Microseconds kHealing = 120s;
/// Shorter back-offs than a store's, so that all retries fit into the healing.
constexpr Rules kRules{.first_back_off = 4s, .next_back_off = 10s};
constexpr std::uint64_t kCancelled = 2;  // A result that no worker makes.

class Simulation {
 public:
  explicit Simulation(const Scenario& scenario)
      : scenario_(scenario),
        random_(scenario.seed),
        store_({kRules, scenario.bug}, scenario.jobs),
        network_(random_, store_, scenario.start) {}

  History run();

 private:
  void set_up();
  void ask_to_accept(JobNumber job);
  void interfere();
  void read(JobNumber job);
  void tick_store();
  void tick_worker(FakeWorker& worker);
  [[nodiscard]] bool is_at_rest() const;
  Event& log(Event::Kind kind, JobNumber job);
  void log_end();

  [[nodiscard]] bool is_chaos() const { return network_.now() < scenario_.start + scenario_.chaos; }
  /// Half of the jobs have a key, and every other of these shares one with its neighbour.
  [[nodiscard]] static std::uint32_t key_of(JobNumber job) {
    return job % 2 == 0 ? 0 : 1 + job / 4;
  }
  /// For jobs in the middle, by their number: half a second to half a minute.
  [[nodiscard]] std::optional<StoreTime> not_after(JobNumber job) const {
    const JobNumber first = (scenario_.jobs - std::min(scenario_.hurried, scenario_.jobs)) / 2;
    if (job < first || job >= first + scenario_.hurried) return std::nullopt;
    return network_.now() + Milliseconds{500 + (scenario_.seed * 7919 + job * 104'729) % 30'000};
  }
  static std::string key_name(std::uint32_t key) {
    return key == 0 ? std::string{} : "k" + std::to_string(key);
  }

  const Scenario& scenario_;
  Random random_;
  FakeStore store_;
  Network network_;
  History history_;
  std::vector<Nature> natures_;
  std::vector<bool> answered_;
  std::vector<std::uint64_t> seen_;  ///< Result.
  std::vector<std::unique_ptr<FakeWorker>> workers_;
};

Event& Simulation::log(Event::Kind kind, JobNumber job) {
  Event& event = history_.emplace_back();
  event.time = network_.now();
  event.kind = kind;
  event.job = job_name(job);
  return event;
}

void Simulation::set_up() {
  network_.faults = scenario_.faults;
  network_.sync = scenario_.sync;
  network_.on_crash = [this](StoreTime lost_since) {
    if (scenario_.sync == Network::Sync::BeforeTheAnswer) return;
    Event& event = history_.emplace_back();
    event.time = network_.now();
    event.kind = Event::Kind::Lost;
    event.at = lost_since;
  };
  if (scenario_.bug == Bug::AnswersBeforeItSyncs) network_.sync = Network::Sync::NowAndThen;
  for (JobNumber job = 0; job < scenario_.jobs; ++job) {
    natures_.push_back(job < scenario_.poisons                        ? Nature::Poison
                       : job >= scenario_.jobs - scenario_.unreadable ? Nature::Unreadable
                       : job % 3 == 0                                 ? Nature::Flaky
                                                                      : Nature::Good);
    network_.after(Milliseconds{random_.below(20'000)}, [this, job] { ask_to_accept(job); });
  }
  answered_.resize(scenario_.jobs);
  seen_.resize(scenario_.jobs);
  for (std::uint32_t i = 0; i < scenario_.workers; ++i) {
    workers_.push_back(std::make_unique<FakeWorker>(
        FakeWorker::World{random_, store_, network_, history_, natures_, scenario_.bug}));
    network_.after(Milliseconds{random_.below(1000)},
                   [this, worker = workers_.back().get()] { tick_worker(*worker); });
  }
  network_.after(500ms, [this] { tick_store(); });
}

/// A client repeats its request until it is answered.
void Simulation::ask_to_accept(JobNumber job) {
  if (answered_[job]) return;
  network_.call(
      Network::Repeat::Safe,
      [this, job] {
        const JobNumber named = store_.accept(job, key_of(job), not_after(job));
        return std::pair{named, store_.read(named).job.not_after};
      },
      [this, job,
       asked = network_.now()](const std::pair<JobNumber, std::optional<StoreTime>>& accepted) {
        answered_[job] = true;
        Event& event = log(Event::Kind::Accepted, accepted.first);
        event.not_after = accepted.second;
        event.key = key_name(key_of(job));
        event.at = asked;
      });
  network_.after(2s, [this, job] { ask_to_accept(job); });
}

/// Writes a Seen event for a result that it has not seen before.
void Simulation::read(JobNumber job) {
  const FakeStore::Stored stored = store_.read(job);
  if (!stored.exists || !is_terminal(stored.job.state) || seen_[job] == stored.result) return;
  seen_[job] = stored.result;
  Event& event = log(Event::Kind::Seen, job);
  event.state = stored.job.state;
  event.result = stored.result;
}

void Simulation::interfere() {
  const JobNumber job = random_.below(scenario_.jobs);
  const auto nothing = [](const auto&) {};
  if (random_.happens(30)) {
    network_.call(
        Network::Repeat::Safe,
        [this, job] { return store_.settle(job, Cancel{}, kCancelled, network_.now()); }, nothing);
  }
  if (random_.happens(30)) {
    network_.call(
        Network::Repeat::Safe,
        [this, job] {
          const auto woken = store_.settle(job, Redrive{}, 0, network_.now());
          if (woken) log(Event::Kind::Redriven, job);
          return woken;
        },
        nothing);
  }
}

void Simulation::tick_store() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(network_.now()).count();
  network_.call(
      Network::Repeat::Safe,
      [this, reconciles = seconds % 5 == 0] {
        store_.tick(network_.now());
        if (reconciles) store_.reconcile();
        return 0;
      },
      [](int) {});
  if (seconds % 2 == 0) network_.sync_store();
  if (scenario_.sync == Network::Sync::BeforeTheAnswer || seconds % 2 == 0) {
    const FakeStore::Figures figures = store_.figures();
    Event& event = history_.emplace_back();
    event.time = network_.now();
    event.kind = Event::Kind::Counted;
    event.accepted = figures.accepted;
    event.ended = figures.ended;
    event.open = figures.open;
    for (JobNumber job = 0; job < scenario_.jobs; ++job) read(job);
  }
  if (is_chaos()) {
    if (random_.happens(network_.faults.hint_fault)) store_.double_hint(random_.bits());
    if (random_.happens(network_.faults.hint_fault)) store_.drop_hints();
    if (scenario_.clients_interfere) interfere();
  } else {
    network_.faults = Faults{};
  }
  network_.after(1s, [this] { tick_store(); });
}

void Simulation::tick_worker(FakeWorker& worker) {
  worker.tick();
  const Faults& faults = network_.faults;
  if (random_.happens(faults.worker_crash)) worker.crash();
  if (random_.happens(faults.worker_pause)) worker.pause(Milliseconds{random_.below(25'000)});
  if (!is_chaos() || random_.happens(200)) worker.kill_if_draining();
  if (random_.happens(faults.worker_drain)) worker.drain();
  network_.after(1s, [this, &worker] { tick_worker(worker); });
}

bool Simulation::is_at_rest() const {
  return std::find(answered_.begin(), answered_.end(), false) == answered_.end() &&
         store_.figures().open == 0;
}

void Simulation::log_end() {
  for (JobNumber job = 0; job < scenario_.jobs; ++job) {
    const FakeStore::Stored& stored = store_.read(job);
    if (!stored.exists) continue;
    Event& event = log(Event::Kind::Stored, job);
    event.key = key_name(stored.key);
    event.state = stored.job.state;
    event.result = stored.result;
    event.attempt = stored.job.attempt;
    event.deaths = stored.job.deaths;
  }
}

History Simulation::run() {
  set_up();
  // A few seconds after the last job ended, late messages have arrived as well.
  StoreTime rested = scenario_.start;
  while (network_.now() < scenario_.start + scenario_.chaos + kHealing && network_.run_one()) {
    if (is_chaos() || !is_at_rest()) {
      rested = network_.now();
    } else if (network_.now() > rested + 10s) {
      break;
    }
  }
  log_end();
  return std::move(history_);
}

}  // namespace

Faults rough_faults() {
  return {.lost = 40,
          .doubled = 60,
          .late = 30,
          .store_crash = 5,
          .worker_crash = 15,
          .worker_pause = 15,
          .worker_drain = 15,
          .hint_fault = 60};
}

History simulate(const Scenario& scenario) {
  return Simulation{scenario}.run();
}

}  // namespace evalx::queue::simulation
