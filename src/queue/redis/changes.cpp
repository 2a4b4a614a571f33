#include "queue/redis/changes.hpp"

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/content.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {
namespace {

constexpr unsigned kTriesMax = 8;  // A try fails if another change of the same job was faster.

/// A change after which a job may be Dead although no holder gives it a result.
bool is_by_store(const Change& change) {
  return std::holds_alternative<LoseWorker>(change) || std::holds_alternative<Condemn>(change);
}

/// A job that will be Dead, with all its failures including the last.
Record last_record(const std::string& token, const Failure& last, const Reply& found,
                   const Step& next) {
  Record record = record_of(token, found.at(2));
  record.state = next.job.state;
  record.deaths = next.job.deaths;
  record.spec = found.at(3).text;
  record.failures = failures_of(found.at(4));
  record.failures.push_back(last);
  return record;
}

}  // namespace

Changes::Changes(LoopThread& thread, Scripts& scripts, const StoreOptions& options, Here here)
    : thread_(thread),
      scripts_(scripts),
      options_(options),
      census_(here.census),
      holdings_(here.holdings),
      outbox_(here.outbox) {}

void Changes::change(std::string token, Change change, Words words, Store::Changed changed) {
  words.cause = bounded_cause(std::move(words.cause));
  auto changing = std::make_shared<Changing>(
      Changing{std::move(token), change, std::move(words), {}, std::move(changed), 0});
  // Here, because a large result must not delay the hub's thread.
  if (!is_by_store(change)) changing->digest = content_digest(changing->words.result);
  thread_.post([this, changing = std::move(changing)] { look(changing); });
}

void Changes::look(const Pointer& changing) {
  std::vector<std::string> args{changing->token};
  if (is_by_store(changing->change)) {
    args.emplace_back("spec");
    args.emplace_back("failures");
  }
  scripts_.run("find", std::move(args), [this, changing](const Result<Reply>& reply) {
    if (!reply) return changing->changed(tl::make_unexpected(unavailable(reply.error().what)));
    decide(changing, *reply);
  });
}

void Changes::decide(const Pointer& changing, const Reply& found) {
  const auto exists = is_found(found);
  if (!exists) return changing->changed(tl::make_unexpected(unavailable(exists.error().what)));
  if (!*exists) {
    const bool has_no_lease = std::holds_alternative<Cancel>(changing->change) ||
                              std::holds_alternative<Redrive>(changing->change) ||
                              std::holds_alternative<Expire>(changing->change);
    if (!has_no_lease) census_.figures().count_lost(lease_of(changing->change));
    const bool is_cancel = std::holds_alternative<Cancel>(changing->change);
    const Errc gone = is_cancel ? why_missing(found) : Errc::NotFound;
    return changing->changed(
        fail(has_no_lease ? gone : Errc::LeaseLost, "change", changing->token));
  }
  const Job before = job_of(found.at(2));
  const StoreTime now{static_cast<StoreTime::rep>(found.at(1).number().value_or(0))};
  if (auto* lost = std::get_if<LoseWorker>(&changing->change)) {
    lost->old_deaths = old_deaths(before.deaths, failures_of(found.at(4)), Clock::WallInstant{now},
                                  options_.rules.death_window);
  }
  const auto next = step(before, changing->change, now, options_.rules);
  if (!next) return refused(changing, found, next.error());
  if (next->job.state == State::Dead && is_by_store(changing->change)) {
    changing->words.result = options_.dead_result(
        last_record(changing->token,
                    {.kind = failure_of(changing->change).value_or(Failure::Kind::Damaged),
                     .attempt = next->job.attempt,
                     .cause = changing->words.cause,
                     .worker = {},
                     .at = Clock::WallInstant{now}},
                    found, *next));
  }
  if (next->job.state == State::Expired) {
    Record record = record_of(changing->token, found.at(2));
    record.state = next->job.state;
    record.ended_at = Clock::WallInstant{now};
    changing->words.result = options_.expired_result(record);
    changing->digest.clear();
  }
  store(changing, found.at(2), *next);
}

/// The job refuses the change. But a worker whose reply was lost offers its result again: if
/// exactly this result is stored under its lease, the answer is success.
void Changes::refused(const Pointer& changing, const Reply& found, const Error& why) {
  const auto* complete = std::get_if<Complete>(&changing->change);
  const auto* reject = std::get_if<Reject>(&changing->change);
  const State offered = complete != nullptr ? State::Done : State::Dead;
  const std::uint64_t lease = complete != nullptr ? complete->lease : reject ? reject->lease : 0;
  const Reply& fields = found.at(2);
  if (lease == 0 || job_of(fields).state != offered || number_of(fields, kLast) != lease) {
    if (why.code == Errc::LeaseLost) census_.figures().count_lost(lease_of(changing->change));
    return changing->changed(tl::make_unexpected(why));
  }
  scripts_.run("find", {changing->token, "result"},
               [this, changing, why, offered, lease](const Result<Reply>& r) {
                 if (r && r->at(3).text == changing->words.result)
                   return changing->changed(offered);
                 census_.figures().count_lost(lease);
                 changing->changed(tl::make_unexpected(r ? why : unavailable(r.error().what)));
               });
}

/// The number of the last event under the lease that has a result: the stream must have it.
std::string Changes::last_event(const Changing& changing) {
  const auto* complete = std::get_if<Complete>(&changing.change);
  if (complete == nullptr) return {};
  const auto last = outbox_.last_of({changing.token, complete->lease});
  return last ? std::to_string(*last) : std::string{};
}

void Changes::store(const Pointer& changing, const Reply& fields, const Step& next) {
  const Job before = job_of(fields);
  failpoint("store.mid_change", {.job = changing->token, .lease = before.lease});
  const auto kind = failure_of(changing->change);
  std::vector<std::string> args{
      changing->token,
      text_of(fields, kState),
      text_of(fields, kLease),
      std::to_string(static_cast<int>(next.job.state)),
      std::to_string(next.job.attempt),
      std::to_string(next.job.deaths),
      std::to_string(next.job.not_before.value_or(StoreTime{0}).count()),
      std::to_string(options_.retention.count()),
      is_terminal(next.job.state) ? changing->words.result : std::string{},
      kind ? std::string(to_string(*kind)) : std::string{},
      changing->words.cause,
      last_event(*changing),
      changing->digest.empty() ? content_digest(changing->words.result) : changing->digest,
      std::to_string(kRecordBytes)};
  scripts_.run("settle", std::move(args),
               [this, changing, before, next](const Result<Reply>& reply) {
                 if (!reply)
                   return changing->changed(tl::make_unexpected(unavailable(reply.error().what)));
                 if (reply->at(0).text == "ok") {
                   failpoint("store.after_settle_before_notify",
                             {.job = changing->token, .lease = before.lease});
                   census_.note_depth(reply->at(1));
                   settled(*changing, before, next);
                   return changing->changed(next.job.state);
                 }
                 // Another process was faster: decide again by the new state.
                 if (++changing->tries < kTriesMax) return look(changing);
                 changing->changed(fail(Errc::Unavailable, "change", changing->token));
               });
}

void Changes::settled(const Changing& changing, const Job& before, const Step& next) {
  holdings_.remove({changing.token, before.lease},
                   next.stops_holder ? Holdings::Holder::MustStop : Holdings::Holder::IsDone);
  Figures& figures = census_.figures();
  if (is_terminal(next.job.state)) figures.count_end(next.job.state);
  if (next.job.state == State::Queued && std::holds_alternative<Retry>(changing.change)) {
    ++figures.retried;
  }
  if (next.job.state != State::Dead) return;
  log::warning("a job is dead", {{"token", changing.token},
                                 {"attempt", next.job.attempt},
                                 {"deaths", next.job.deaths},
                                 {"cause", changing.words.cause}});
}

}  // namespace evalx::queue::redis
