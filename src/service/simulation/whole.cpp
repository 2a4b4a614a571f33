#include "service/simulation/whole.hpp"

#include <algorithm>
#include <array>

#include "api/v1/documents.hpp"
#include "base/log.hpp"
#include "service/simulation/client.hpp"
#include "service/simulation/entropy.hpp"
#include "service/simulation/host.hpp"
#include "submission/decode_report.hpp"
#include "submission/encode.hpp"

namespace evalx::service::simulation {
namespace {

using namespace std::chrono_literals;
using Kind = Event::Kind;

constexpr Microseconds kHealing = 500s;
constexpr Microseconds kStreamsDeleted = 310s;
constexpr Microseconds kIdle = 20s;
/// Then the date is believed, and results are deleted by their age.
constexpr Microseconds kDateBelieved = 65min;
/// Actions of an idle server in a second: its upkeep, and calls of lease() that wait a second.
constexpr std::uint64_t kIdleStepsPerSecond = 60;

class Simulation {
 public:
  explicit Simulation(const Scenario& scenario) : scenario_(scenario), random_(scenario.seed) {}

  Outcome run();

 private:
  [[nodiscard]] bool is_chaos() const { return world_.time() < std::chrono::seconds{scenario_.chaos_s}; }
  void report(const std::string& what) { violations_.push_back(what); }
  [[nodiscard]] bool is_broken() const { return !violations_.empty() || !host_.faults().empty(); }

  void watch();

  void submit(unsigned number);
  void follow(const std::string& token, Microseconds after);
  void accepted(const std::string& token);
  void tick();
  void disturb();
  void disturb_clients();
  [[nodiscard]] std::string any_token();
  void follow_redriven();
  [[nodiscard]] bool is_at_rest() const;
  void pass(Microseconds time);
  void check_idle();
  void read_all();
  void note_stored(const std::string& name, const queue::Record& record);

  const Scenario scenario_;
  Entropy entropy_{scenario_.seed};
  Random random_;
  World world_{random_};
  Journal journal_{world_};
  Clients clients_{world_, random_, journal_, [this] { return host_.server(); }};
  Host host_{world_, random_, journal_, scenario_.bug};  // Its end is heard by the clients.
  std::vector<std::shared_ptr<Submitter>> submitters_;
  std::vector<std::shared_ptr<Follower>> followers_;
  std::vector<std::string> tokens_;  ///< All accepted jobs.
  /// In every second run the date jumps. In the others jobs expire: their time passes by the date from
  /// one process to the next.
  const bool date_jumps_ = scenario_.seed % 2 == 1;
  std::size_t events_seen_ = 0;
  Violations violations_;
};

/// After each action of the server.
void Simulation::watch() {
  host_.watch();
  follow_redriven();
}

/// Clients follow a job again that an operator has queued again.
void Simulation::follow_redriven() {
  for (; events_seen_ < journal_.history.size(); ++events_seen_) {
    const Event& event = journal_.history[events_seen_];
    if (event.kind != Kind::Redriven) continue;
    for (const auto& follower : followers_) {
      if (journal_.name_of(follower->token()) == event.job) follower->follow_again();
    }
  }
}

void Simulation::submit(unsigned number) {
  constexpr std::array<const char*, 8> kKinds{"good",  "good",  "good",   "good",
                                              "flaky", "flaky", "broken", "poison"};
  Submitter::Job job;
  job.name = "job" + std::to_string(number);
  job.kind = kKinds[random_.below(kKinds.size())];
  job.tests = 1 + random_.below(6);
  job.has_key = random_.below(6) > 0;
  if (!date_jumps_ && random_.below(3) == 0) job.expires_after = Milliseconds{random_.below(8'000)};
  if (job.expires_after) job.expires_after = std::max(*job.expires_after, Milliseconds{1});
  submitters_.push_back(std::make_shared<Submitter>(
      clients_, std::move(job), [this](const std::string& token) { accepted(token); }));
  world_.after(Milliseconds{random_.below(20'000)},
               [submitter = submitters_.back()] { submitter->send(); });
}

void Simulation::follow(const std::string& token, Microseconds after) {
  followers_.push_back(std::make_shared<Follower>(clients_, token,
                                                  "client" + std::to_string(followers_.size())));
  world_.after(after, [follower = followers_.back()] { follower->open(); });
}

void Simulation::accepted(const std::string& token) {
  if (std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end()) return;
  tokens_.push_back(token);
  follow(token, 0s);
  follow(token, Milliseconds{random_.below(20'000)});
}

std::string Simulation::any_token() {
  if (tokens_.empty()) return "";
  return tokens_[random_.below(static_cast<std::uint32_t>(tokens_.size()))];
}

void Simulation::disturb_clients() {
  for (const auto& follower : followers_) {
    // After the longer time the server has deleted the stream.
    if (random_.happens(80)) follower->interrupt(random_.below(8) == 0 ? kStreamsDeleted : 2s);
  }
  const std::string token = any_token();
  if (token.empty()) return;
  if (random_.happens(300)) look(clients_, token, random_.below(2) == 0 ? "" : "3");
  if (random_.happens(15)) cancel(clients_, token);
  Server* const server = host_.server();
  if (server != nullptr && random_.happens(40)) server->redrive(token);
}

void Simulation::disturb() {
  if (host_.server() == nullptr) return;
  const Disk::Crash how = random_.below(2) == 0 ? Disk::Crash::Kill : Disk::Crash::PowerCut;
  if (random_.happens(30)) return host_.crash(how);
  if (random_.happens(60)) host_.crash_at_write(how, 1 + random_.below(25));
  if (random_.happens(40)) host_.drain(Milliseconds{random_.below(6'000)});
  if (date_jumps_ && random_.happens(60)) host_.jump_date(random_.below(2) == 0);
}

void Simulation::tick() {
  if (!is_chaos()) return;
  disturb_clients();
  disturb();
  world_.after(1s, [this] { tick(); });
}

bool Simulation::is_at_rest() const {
  const Server* const server = host_.server();
  if (server == nullptr || server->is_draining()) return false;
  const auto is_over = [](const auto& submitter) { return submitter->is_over(); };
  const auto has_finished = [](const auto& follower) { return follower->has_finished(); };
  return server->figures().queued + server->figures().leased == 0 &&
         std::all_of(submitters_.begin(), submitters_.end(), is_over) &&
         std::all_of(followers_.begin(), followers_.end(), has_finished);
}

void Simulation::pass(Microseconds time) {
  const StoreTime end = world_.time() + time;
  if (is_broken() || world_.run_until(end, [this] { return is_broken(); })) return;
  report("W2 the server works without end, and no time passes");
}

void Simulation::check_idle() {
  const std::uint64_t before = world_.steps();
  pass(kIdle);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kIdle).count();
  const std::uint64_t each = (world_.steps() - before) / static_cast<std::uint64_t>(seconds);
  if (each > kIdleStepsPerSecond) {
    report("W2 the idle server does " + std::to_string(each) + " steps a second");
  }
}

void Simulation::note_stored(const std::string& name, const queue::Record& record) {
  const auto journal = submission::decode_report(record.result);
  Event& event = journal_.add(Kind::Stored, record.token);
  event.state = record.state;
  event.attempt = record.attempt;
  event.deaths = record.deaths;
  if (queue::is_terminal(record.state)) {
    event.result = digest_of(record.result);
    event.verdict = submission::to_string(api::v1::verdict_of(record));
  }
  if (name.find('.') == name.npos) event.key = "key-of-" + name;
  if (!journal) return;
  event.tests = journal->tests.size();
  for (const submission::TestReport& test : journal->tests) {
    Event& judged = journal_.add(Kind::Judged, record.token);
    judged.test = test.index;
    judged.result = digest_of(submission::encode_test_event(test));
  }
}

void Simulation::read_all() {
  Server* const server = host_.server();
  if (server == nullptr) return report("W1 no server runs at the end");
  for (const auto& [name, token] : journal_.tokens()) {
    bool is_read = false;
    server->find(token, [&, name = name](Result<queue::Record> found) {
      is_read = true;
      if (found) note_stored(name, *found);
    });
    if (!world_.run_until(world_.time() + 1s, [&] { return is_read; }) || !is_read) {
      return report("W1 a job cannot be read at the end");
    }
  }
}

Outcome Simulation::run() {
  world_.stepped = [this] { watch(); };
  host_.start();
  for (unsigned number = 0; number < scenario_.jobs; ++number) submit(number);
  world_.after(1s, [this] { tick(); });
  pass(std::chrono::seconds{scenario_.chaos_s});
  if (!is_broken()) {
    const StoreTime end = world_.time() + kHealing;
    if (!world_.run_until(end, [this] { return is_broken() || is_at_rest(); })) {
      report("W2 the server works without end, and no time passes");
    }
    pass(kStreamsDeleted);
    for (const std::string& token : tokens_) follow(token, 0s);
    pass(5s);
    if (date_jumps_) world_.pause(kDateBelieved);
    check_idle();
    if (!is_broken()) read_all();
  }
  Outcome outcome;
  outcome.violations = queue::simulation::check(journal_.history, {});
  for (const Violations& more : {violations_, host_.faults()}) {
    outcome.violations.insert(outcome.violations.begin(), more.begin(), more.end());
  }
  outcome.history = std::move(journal_.history);
  return outcome;
}

}  // namespace

Outcome simulate_server(const Scenario& scenario) {
  log::set_level(log::Level::Off);
  return Simulation{scenario}.run();
}

}  // namespace evalx::service::simulation
